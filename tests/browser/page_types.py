"""Every page type there is, once: pictures, axe and the HTML checker walk these lists."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, Response

from kb.accounts.permissions import Role
from tests.browser.deeds import (
    Deed,
    save_old_entry,
    send,
    send_old,
    sending,
    set_up_second_factor,
    try_another_word,
)

VISITOR = "visitor"


@dataclass(frozen=True)
class PageType:
    """A page, or a state of one that looks different; its name is that of its picture."""

    name: str
    path: str  # below the language; names in braces are those of the site
    who: str = VISITOR
    deed: Deed | None = None
    status: int = 200
    # Made of the same parts as others that axe examines: not worth the seconds it takes.
    is_alike: bool = False

    def address(self, lang: str, names: Mapping[str, int | str]) -> str:
        return f"/{lang}{self.path.format_map(names)}"

    def open(self, page: Page, lang: str, names: Mapping[str, int | str]) -> Response:
        """Go there and do what is to be done; another answer than the expected is an error."""
        answer: Response | None = page.goto(self.address(lang, names))
        if self.deed is not None:
            answer = self.deed(page)
        assert answer is not None, self
        assert answer.status == self.status, (self, answer.status)
        return answer


# What everybody can read, from content/ alone.
READING = (
    PageType("home", "/"),
    PageType("search", "/practices"),
    PageType("search-filtered", "/practices?q=mediation&country=ML&kind=all&sort=x"),
    PageType(
        "search-odd",
        "/practices?q=mediation&country=ML&theme=reconciliation&kind=all&sort=x&page=abc",
        is_alike=True,
    ),
    PageType("search-synonyms", "/practices?q=fulani"),
    PageType("search-corrected", "/practices?q=mediasion"),
    PageType("search-nothing", "/practices?q=xyzzy"),
    PageType("search-beyond", "/practices?page=99", status=404, is_alike=True),
    PageType("suggest", "/suggest?q=case"),
    PageType("practice", "/practices/case-de-la-paix-gao"),
    PageType("lesson", "/practices/koglweogo-lecon-et-precautions"),
    PageType("history", "/practices/case-de-la-paix-gao/history", is_alike=True),
    PageType("report", "/practices/case-de-la-paix-gao/report"),
    PageType("transfer", "/practices/cadis-gao-tombouctou/transfer"),
    PageType("map", "/map"),
    PageType("figures", "/indicators"),
    PageType("figures-none", "/indicators/2020-q1", status=404, is_alike=True),
    PageType("glossary", "/glossary"),
    PageType("help", "/help"),
    PageType("about", "/about"),
    PageType("privacy", "/privacy"),
    PageType("accessibility", "/accessibility"),
    PageType("offline", "/offline"),
    PageType("error-404", "/nothing", status=404),
)
VISITING = (
    PageType("history-of-two", "/practices/{at_published}/history"),
    PageType("practice-with-image", "/practices/{at_published}", is_alike=True),
    PageType("error-410", "/practices/{at_withdrawn}", status=410, is_alike=True),
    PageType("sign-in", "/login"),
    PageType("sign-in-refused", "/login", deed=sending(email="nobody@example.org"), status=422),
    PageType("password-forgotten", "/password"),
    PageType("password-link", "/password/{link}"),
    PageType("password-refused", "/password/{link}", deed=sending(password="a"), status=422),
    PageType("password-link-dead", "/password/unknown", status=404),
    PageType("report-refused", "/practices/{at_published}/report", deed=send, status=422),
    PageType("request-access", "/request-access", is_alike=True),
    PageType("request-access-refused", "/request-access", deed=send, status=422),
    PageType("styleguide", "/styleguide"),
)
MEMBER = (
    PageType("practice-for-members", "/practices/{at_inner}", "member", is_alike=True),
    PageType("account", "/account", "member"),
    PageType("account-refused", "/account", "member", sending(name=""), 422, is_alike=True),
    PageType("second-factor", "/account/second-factor", "member"),
    PageType("keys", "/account/keys", "member"),
    PageType("recovery-codes", "/account/second-factor", "member", set_up_second_factor),
    PageType("second-factor-on", "/account/second-factor", "careful"),
    PageType("error-403", "/admin", "member", status=403),
)
ADOPTING = (
    PageType("adoptions", "/adoptions", "member"),
    PageType("adoption", "/adoptions/{adoption}", "member"),
    PageType("adoption-change", "/adoptions/{adoption}/change", "member", is_alike=True),
    PageType("follow-up", "/adoptions/{adoption}/follow-ups/3", "member"),
    PageType(
        "follow-up-refused",
        "/adoptions/{adoption}/follow-ups/3",
        "member",
        lambda page: send(page, "form[action*='follow-ups']"),
        422,
        is_alike=True,
    ),
    PageType("adopt", "/practices/cadis-gao-tombouctou/adopt", "member"),
    PageType(
        "adopt-refused",
        "/practices/cadis-gao-tombouctou/adopt",
        "member",
        lambda page: send(page, "form[action$='/adopt']"),
        422,
        is_alike=True,
    ),
    PageType("transfer-kept", "/practices/{adopted}/transfer", "member"),
    PageType("following", "/following?theme=water", "member"),
    PageType("following-search", "/following?search=q%3Dpuits", "member", is_alike=True),
    PageType("adoptions", "/adoptions?show=due", "editor"),
    PageType("organisations-merge", "/adoptions/organisations", "editor"),
)
_ONE = "/contribute/revisions/{draft}"
WRITING = (
    PageType("texts", "/contribute", "contributor"),
    PageType("new-refused", "/contribute/new", "contributor", send, 422),
    PageType("new", "/contribute/new", "contributor", is_alike=True),
    PageType("draft", _ONE, "contributor"),
    PageType("draft-about", f"{_ONE}/about", "contributor"),
    PageType("draft-fr", f"{_ONE}/fr", "contributor", is_alike=True),
    PageType("draft-conflict", f"{_ONE}/fr", "contributor", send_old, 409),
    PageType("draft-en", f"{_ONE}/en", "contributor", is_alike=True),
    PageType("draft-sources", f"{_ONE}/sources", "contributor"),
    PageType("draft-files", f"{_ONE}/files", "contributor"),
    PageType("draft-file", f"{_ONE}/files/{{file_draft}}", "contributor"),
    PageType("draft-notes", f"{_ONE}/notes", "contributor"),
    PageType("draft-authors", f"{_ONE}/authors", "contributor"),
    PageType("import", "/contribute/import", "contributor"),
    PageType("import-refused", "/contribute/import", "contributor", send, 422, is_alike=True),
    PageType("draft-import", f"{_ONE}/import", "contributor", is_alike=True),
    PageType("draft-check", f"{_ONE}/check", "contributor"),
    PageType("draft-preview", f"{_ONE}/preview", "contributor"),
    PageType("text-submitted", "/contribute/revisions/{submitted}", "contributor", is_alike=True),
    PageType("text-discussed", "/contribute/revisions/{discussed}", "contributor"),
    PageType(
        "text-returned", "/contribute/revisions/{changes_requested}", "contributor", is_alike=True
    ),
    PageType("text-published", "/contribute/revisions/{published}", "contributor", is_alike=True),
    PageType("text-rejected", "/contribute/revisions/{rejected}", "contributor", is_alike=True),
)
REVIEWING = (
    PageType("queue", "/review", "reviewer", is_alike=True),
    PageType("review", "/review/{in_review}", "reviewer"),
    PageType("review-discussed", "/review/{discussed}", "reviewer"),
    PageType(
        "review-refused",
        "/review/{in_review}",
        "reviewer",
        lambda page: send(page, "form[action$='/verdict']"),
        422,
        is_alike=True,
    ),
    PageType("queue", "/review", "safeguard", is_alike=True),
    PageType("sign-off", "/review/{in_review}", "safeguard", is_alike=True),
    PageType(
        "sign-off-refused",
        "/review/{in_review}",
        "safeguard",
        lambda page: send(page, "form[action$='/sign-off']"),
        422,
    ),
)
EDITING = (
    PageType("queue", "/review", "editor"),
    PageType("review-submitted", "/review/{submitted}", "editor"),
    PageType("review-discussed", "/review/{discussed}", "editor", is_alike=True),
    PageType("review-consent", "/review/{taken_back}", "editor"),
    PageType("review-approved", "/review/{approved}", "editor", is_alike=True),
    PageType("review-published", "/review/{published}", "editor"),
    PageType("reports", "/reports", "editor"),
    PageType("report-read", "/reports/{report}", "editor"),
    PageType("report-handled", "/reports/{report_handled}", "safeguard", is_alike=True),
    PageType(
        "report-handle-refused",
        "/reports/{report}",
        "safeguard",
        send,
        422,
        is_alike=True,
    ),
    PageType("diff", "/practices/{at_published}/diff", "editor"),
    PageType("diff-sides", "/practices/{at_published}/diff?as=side", "editor", is_alike=True),
    PageType("indicators", "/indicators/dashboard?from=2025-01-01", "editor"),
    PageType("indicators-refused", "/indicators/dashboard?from=x", "editor", status=422),
    PageType("indicators-rows", "/indicators/practices-published/rows", "editor"),
    PageType("indicators-report", "/indicators/report", "editor"),
    PageType("search-promoted", "/practices?q=puits", "editor"),
    PageType("thesaurus", "/thesaurus", "editor"),
    PageType("entry-refused", "/thesaurus/new", "editor", send, 422),
    PageType("entry", "/thesaurus/peul", "editor", is_alike=True),
    PageType("entry-effects", "/thesaurus/peul", "editor", try_another_word),
    PageType("entry-conflict", "/thesaurus/peul", "editor", save_old_entry, 409),
    PageType("entry-remove", "/thesaurus/peul/remove", "editor"),
    PageType("search-report", "/search-report", "editor"),
    PageType("promotions", "/promotions", "editor", is_alike=True),
    PageType(
        "promotions-refused",
        "/promotions?query=puits",
        "editor",
        lambda page: send(page, "form:has([name=practice])"),
        422,
    ),
)
ADMINISTERING = (
    PageType("administration", "/admin", "admin"),
    PageType("password-again", "/admin", "idle", status=403),
    PageType("requests", "/admin/requests", "admin"),
    PageType("users", "/admin/users", "admin"),
    PageType("user", "/admin/users/{member}", "admin"),
    PageType("invite-refused", "/admin/invite", "admin", send, 422),
    PageType("organisations", "/admin/organisations", "admin"),
    PageType("organisation", "/admin/organisations/{organisation}", "admin", is_alike=True),
    PageType("audit", "/admin/audit", "admin"),
    PageType("audit-check", "/admin/audit/check", "admin", is_alike=True),
    PageType("state", "/admin/state", "admin"),
)
# What looks different for each role by its menu alone.
EVERYBODY = tuple(
    PageType(name, path, role.value, is_alike=(name, role) != ("notifications", Role.CONTRIBUTOR))
    for role in Role
    for name, path in (
        ("home", "/"),
        ("practice", "/practices/case-de-la-paix-gao"),
        ("notifications", "/notifications"),
        ("notifications-to-do", "/notifications?show=to-do"),
        ("account", "/account"),
    )
    if (name, role) != ("account", Role.MEMBER)
)
FURNISHED = (
    *VISITING,
    *MEMBER,
    *ADOPTING,
    *WRITING,
    *REVIEWING,
    *EDITING,
    *ADMINISTERING,
    *EVERYBODY,
)
# Where nobody has written anything yet, and where the search cannot be asked or is at fault.
EMPTY = (
    PageType("home", "/"),
    PageType("indicators", "/indicators/dashboard", "editor"),
    PageType("search", "/practices"),
    PageType("map", "/map"),
    PageType("glossary", "/glossary"),
    PageType("texts", "/contribute", "contributor"),
    PageType("adoptions", "/adoptions", "member"),
    PageType("following", "/following", "member"),
    PageType("notifications", "/notifications", "contributor"),
    PageType("queue", "/review", "editor"),
    PageType("thesaurus", "/thesaurus", "editor"),
    PageType("search-report", "/search-report", "editor"),
    PageType("promotions", "/promotions", "editor"),
    PageType("requests", "/admin/requests", "admin"),
    PageType("organisations", "/admin/organisations", "admin"),
)
WITHOUT_INDEX = (
    PageType("home", "/"),
    PageType("search-503", "/practices?q=puits", status=503),
    PageType("practice", "/practices/case-de-la-paix-gao"),
)
BROKEN = (PageType("error-500", "/practices?q=puits", status=500),)
ALL = (*READING, *FURNISHED, *EMPTY, *WITHOUT_INDEX, *BROKEN)
# Addresses that are asked for with GET and show no page: why.
NO_PAGES = {
    "browse.root": "leads to the home page in the reader's language",
    "browse.practice_markdown": "a file to download",
    "indicators.download": "a file to download",
    "keeping.worker": "a script",
    "media.file": "a picture or a document",
    "contribute.template": "a file to download",
    "static": "style sheets and scripts",
}
