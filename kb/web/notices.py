"""What a page says after something was done: the address names it, nothing is kept."""

from flask import request

from kb.core.messages import Message, msg

NOTICES: dict[str, Message] = {
    "saved": msg("Saved."),
}


def notice() -> Message | None:
    """The sentence for the `done` of this address, if it is one of ours."""
    return NOTICES.get(request.args.get("done", ""))
