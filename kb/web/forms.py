"""Reading what was posted: only the fields that were asked for, each at most once."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.web.current import runtime
from kb.web.language import tell
from kb.web.sessions import signed_in

DIGITS = 9
TOKEN_FIELD = "csrf_token"  # noqa: S105 - the name of a field


class Unclear(Invalid):
    """A field was sent twice: nobody can tell which one was meant."""

    status = 400


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a post. What was not asked for is not there: it cannot be assigned."""

    values: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def number(self, name: str) -> int | None:
        """A whole number in plain digits, or None."""
        return small_number(self.values[name])

    def chosen(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be sent several times."""
        return self.lists[name]


def read_form(*names: str, many: tuple[str, ...] = ()) -> Form:
    """The named fields, stripped (missing ones empty); raises Unclear where one is doubled."""
    doubled = [name for name in names if len(request.form.getlist(name)) > 1]
    if doubled:
        raise Unclear(
            msg("The form was not sent as it should be."),
            {name: msg("was sent more than once") for name in doubled},
        )
    return Form(
        {name: _clean(request.form.get(name, "")) for name in names},
        {name: tuple(_clean(value) for value in request.form.getlist(name)) for name in many},
    )


def small_number(text: str) -> int | None:
    """A whole number in plain digits that a database can hold, or None."""
    is_plain = text.isascii() and text.isdigit() and len(text) <= DIGITS
    return int(text) if is_plain else None


def _clean(value: str) -> str:
    """Line ends as everywhere else, nothing around, and no NUL, which PostgreSQL refuses."""
    return value.replace("\r\n", "\n").replace("\0", "").strip()


def told(problems: Mapping[str, Message]) -> dict[str, str]:
    """The problems of a form, field by field, in the reader's language."""
    return {field: tell(why) for field, why in problems.items()}


def csrf_token() -> str:
    """A signed name of this session for the form; it lasts as long as the session does.

    Its time stamp changes from second to second, so that compression gives nothing away.
    """
    found = signed_in()
    return str(_signer().dumps(found.session_id)) if found else ""


def token_session() -> int | None:
    """The session for which the posted form was made, if we made it."""
    try:
        named = _signer().loads(request.form.get(TOKEN_FIELD, ""))
    except BadSignature:
        return None
    return named if isinstance(named, int) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(runtime().settings.secret_key, salt="form")
