"""The four errors every entry point knows how to answer."""

from collections.abc import Mapping

from kb.core.messages import Message


class PalabreError(Exception):
    """An error with a sentence for the reader, translated where it is shown."""

    status = 500

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class NotFound(PalabreError):
    """It does not exist, or the reader may not know that it does."""

    status = 404


class Gone(NotFound):
    """It was there for everybody and has been withdrawn; the message says why, and no more."""

    status = 410


class Forbidden(PalabreError):
    """The actor is known and may not do this."""

    status = 403


class Conflict(PalabreError):
    """The thing is not in a state in which this can be done."""

    status = 409


class Invalid(PalabreError):
    """The input is not valid; `problems` says why, field by field."""

    status = 422

    def __init__(self, message: Message, problems: Mapping[str, Message] | None = None) -> None:
        super().__init__(message)
        self.problems = dict(problems or {})

    def __str__(self) -> str:
        if not self.problems:
            return str(self.message)
        details = "; ".join(f"{field}: {why}" for field, why in self.problems.items())
        return f"{self.message} ({details})"
