"""A form that cannot be taken as it came is kept: signing in or a click sends it again."""

from flask import Response

from kb.accounts.sessions import SignedIn
from kb.core.messages import msg
from kb.web import errors


def sign_in_again() -> Response | None:
    """The session has ended: ask for the password and send the same form again."""
    return errors.page(403, msg("Please sign in again."))


def send_again(who: SignedIn) -> Response | None:
    """The form is of an earlier session of the same person: one click sends it again."""
    return errors.page(403, msg("This form was not sent from this site."))


def confirm(who: SignedIn) -> Response | None:
    """What is privileged asks for the password again."""
    return errors.page(403, msg("Please sign in again."))
