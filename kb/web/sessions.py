"""The cookie of a signed-in browser, and who is behind the request under way."""

from dataclasses import dataclass

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user

from kb.accounts import sessions
from kb.accounts.permissions import Actor
from kb.accounts.sessions import SignedIn
from kb.web.current import runtime

TOKEN_LENGTH = 200
# Kept entries and drafts leave a device with whoever signs out there.
FORGET = '"cache", "storage"'


@dataclass(frozen=True)
class Visitor(UserMixin):  # type: ignore[misc]
    """Flask-Login's view of somebody who is signed in."""

    signed_in: SignedIn

    def get_id(self) -> str:
        return str(self.signed_in.session_id)


class NoCookieSession(SessionInterface):
    """Flask's own session lives for one request: nothing is kept in a readable cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        return SecureCookieSession()

    def save_session(self, app: Flask, session: object, response: Response) -> None:
        """Nothing to save: the database has the rows."""


def signed_in() -> SignedIn | None:
    """Who is signed in, if anybody; nobody on the page that says that something is broken."""
    if g.get("server_fault"):
        return None
    user = current_user._get_current_object()  # noqa: SLF001 - the proxy's own way to its object
    return user.signed_in if isinstance(user, Visitor) else None


def member() -> SignedIn:
    """Who is signed in; only for routes that the gate keeps for members."""
    found = signed_in()
    if found is None:
        raise RuntimeError("this route is not declared for members only")
    return found


def lacks_second_factor(who: SignedIn) -> bool:
    """Whether these roles still have to set up the second factor that this site asks for."""
    return runtime().settings.second_factor_required and who.needs_second_factor


def current_actor() -> Actor:
    """The rights of whoever asks; a visitor has none."""
    found = signed_in()
    return found.actor if found else Actor()


def begin(user_id: int) -> None:
    """Sign in the browser of this request under a new session; the old one ends."""
    kb = runtime()
    before = signed_in()
    with kb.begin() as work:
        if before is not None:
            sessions.end(work, before.user_id, before.session_id)
        token = sessions.start(work, user_id, request.user_agent.string)
    g.session_cookie = token
    with kb.reading() as session:
        found = sessions.find(session, token, kb.clock.now())
    if found is not None:
        login_user(Visitor(found))


def finish() -> None:
    """Sign out: the row ends, so every copy of the cookie is dead."""
    found = signed_in()
    if found is not None:
        with runtime().begin() as work:
            sessions.end(work, found.user_id, found.session_id)
    g.session_cookie = ""
    forget_device()


def forget_device() -> None:
    """Make the browser of this request delete what it keeps of this site."""
    g.device_forgets = True


def cookie_name() -> str:
    """On https a name that browsers tie to this host and to secure connections."""
    return "__Host-palabre" if _is_secure() else "palabre"


def _is_secure() -> bool:
    return runtime().settings.base_url.startswith("https://")


def _load(request: Request) -> Visitor | None:
    token = request.cookies.get(cookie_name(), "")
    if not token or len(token) > TOKEN_LENGTH:
        return None
    kb = runtime()
    now = kb.clock.now()
    with kb.reading() as session:
        found = sessions.find(session, token, now)
        is_left = found is None and request.method == "GET" and sessions.was_ended(session, token)
    if is_left:
        # Signed out from elsewhere: a phone that was taken forgets as soon as a page is opened.
        # Whoever was only away for too long keeps what is not sent yet.
        g.session_cookie = ""
        forget_device()
    if found is None:
        return None
    if now - found.seen_at > sessions.NOTED_EVERY:
        with kb.begin() as work:
            sessions.note_seen(work, found.session_id)
    return Visitor(found)


def _send_cookie(response: Response) -> Response:
    token = g.get("session_cookie")
    if token is not None:
        # No lifetime: the browser forgets it when it is closed, the phone with it.
        response.set_cookie(
            cookie_name(),
            token,
            max_age=None if token else 0,
            secure=_is_secure(),
            httponly=True,
            samesite="Lax",
        )
    if g.get("device_forgets"):
        response.headers["Clear-Site-Data"] = FORGET
    return response


def register(app: Flask) -> None:
    """Flask-Login, reading our cookie and nothing else."""
    app.session_interface = NoCookieSession()
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_load)
    manager.init_app(app, add_context_processor=False)
    app.after_request(_send_cookie)
