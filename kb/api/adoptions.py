"""Recording an adoption with a key: the same rules as the form has."""

from flask import Response, request
from pydantic import ValidationError

from kb.accounts.keys import actor_by_key
from kb.accounts.models import TokenScope
from kb.adoption.models import Adoption
from kb.adoption.service import record
from kb.adoption.written import Written
from kb.api.adoption_schemas import AdoptionDocument, NewAdoption
from kb.api.answers import JSON, runtime
from kb.api.errors import KeyNeeded
from kb.core.errors import Invalid
from kb.core.messages import Message, msg

CREATED = 201
BEARER = "Bearer "
TOKEN_LENGTH = 200
_NOT_READ = msg("is not written as it should be")


def record_adoption() -> Response:
    """Keep that the organisation of the key's owner uses a practice."""
    token = _token()
    with runtime().begin() as work:
        actor = actor_by_key(work, token, TokenScope.ADOPTIONS_WRITE) if token else None
        if actor is None:
            raise KeyNeeded(msg("A valid key is needed."))
        wanted = _read()
        fields = wanted.model_dump(exclude={"practice"})
        written = Written(**{name: _text(value) for name, value in fields.items()})
        document = _document(record(work, actor, wanted.practice, written), wanted.practice)
    response = Response(document.model_dump_json(by_alias=True), CREATED, mimetype=JSON)
    response.cache_control.no_store = True
    return response


def _token() -> str:
    """The key of the header; a cookie opens nothing here, so no other page can use one."""
    header = request.headers.get("Authorization", "")
    token = header.removeprefix(BEARER).strip() if header.startswith(BEARER) else ""
    return token if len(token) <= TOKEN_LENGTH else ""


def _read() -> NewAdoption:
    try:
        return NewAdoption.model_validate_json(request.get_data())
    except ValidationError as error:
        problems: dict[str, Message] = {}
        for found in error.errors():
            problems[".".join(map(str, found["loc"])) or "body"] = _NOT_READ
        raise Invalid(msg("The request is not valid."), problems) from None


def _text(value: object) -> str:
    """A field as the form would have sent it."""
    if value is None:
        return ""
    return str(value).replace("\r\n", "\n").replace("\0", "").strip()


def _document(adoption: Adoption, slug: str) -> AdoptionDocument:
    return AdoptionDocument(
        id=adoption.id,
        practice=slug,
        organisation=adoption.organisation.name,
        stage=adoption.stage,
        reached_on=adoption.stage_on,
        verified=adoption.verified_at is not None,
        url=f"{runtime().settings.base_url}/fr/adoptions/{adoption.id}",
    )
