"""The page that shows a one-time link: once, to whoever may pass it on."""

from flask import render_template, url_for

from kb.accounts.links import find_link
from kb.accounts.models import LinkPurpose, User
from kb.web.current import absolute, runtime


def link_page(token: str) -> str:
    """The link of a token that was made just now; it is kept nowhere."""
    kb = runtime()
    with kb.reading() as session:
        link = find_link(session, token, kb.clock.now())
        user = session.get(User, link.user_id) if link else None
        if link is None or user is None:
            raise RuntimeError("a new link cannot be used")
        return render_template(
            "admin/link.html",
            user=user,
            is_invitation=link.purpose is LinkPurpose.INVITATION,
            expires_at=link.expires_at,
            link=absolute(url_for("account.password", lang=user.locale, token=token)),
        )
