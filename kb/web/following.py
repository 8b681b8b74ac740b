"""What somebody follows: practices, themes, searches; what is new there; the private feed."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.adoption.titles import readable
from kb.core.errors import Invalid, NotFound
from kb.core.folding import fold
from kb.core.messages import msg
from kb.following.queries import follows_of, has_feed_key, news_of
from kb.following.service import (
    NAME_LENGTH,
    Wish,
    canonical,
    follow,
    new_feed_key,
    unfollow,
)
from kb.practices.queries import public_view
from kb.web.current import absolute, runtime
from kb.web.forms import Form, read_form, told
from kb.web.language import current_locale, drop_language
from kb.web.reading import current_reader
from kb.web.sessions import current_actor, member

SEE_OTHER = 303
WISHES = ("practice", "theme", "search")
FEED = "/feeds/mine/{token}.atom"

blueprint = Blueprint("following", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.route("/<lang:lang>/following", methods=["GET", "POST"])
def overview() -> Response | str:
    """The list, and what the address proposes to follow."""
    if request.method != "POST":
        return _page({name: request.args.get(name, "") for name in WISHES}, {})
    form = read_form("do", "follow", "name", *WISHES)
    try:
        return _answer(form)
    except Invalid as refused:
        return make_response(_page(form.values, told(refused.problems)), refused.status)


def _answer(form: Form) -> Response:
    actor = current_actor()
    with runtime().begin() as work:
        if form["do"] == "key":
            token = new_feed_key(work, actor)
        elif form["do"] == "stop":
            token = ""
            unfollow(work, actor, form.number("follow") or 0)
        else:
            token = ""
            wish = Wish(**{name: form[name] for name in WISHES})
            follow(work, actor, wish, form["name"], current_locale())
    if token:
        # Shown once, on this page only: what is kept of it opens nothing.
        return make_response(_page({}, {}, absolute(FEED.format(token=token))))
    done = "unfollowed" if form["do"] == "stop" else "followed"
    return redirect(url_for("following.overview", done=done), SEE_OTHER)


def _page(asked: Mapping[str, str], problems: Mapping[str, str], feed: str = "") -> str:
    kb, who, locale = runtime(), member(), current_locale()
    reader = current_reader()
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        follows = follows_of(session, who.user_id)
        practices = {each.practice_id for each in follows if each.practice_id is not None}
        wanted = asked.get("practice", "")
        search = canonical(parse_qs(asked.get("search", "")), vocabularies)
        if not search and asked.get("search"):
            raise NotFound(msg("There is no such page."))
        themes = vocabularies.by_name["themes"].terms if "themes" in vocabularies.by_name else ()
        named = [(term.code, term.label[locale]) for term in themes]
        return render_template(
            "following/overview.html",
            follows=follows,
            views=readable(session, practices, reader),
            wanted=public_view(session, wanted, reader) if wanted else None,
            search=search,
            name=asked.get("name") or ", ".join(parse_qs(search).get("q", []))[:NAME_LENGTH],
            themes=[("", "–"), *sorted(named, key=lambda each: fold(each[1]))],
            news=news_of(session, who.user_id, reader),
            has_key=has_feed_key(session, who.user_id),
            feed=feed,
            vocabularies=vocabularies,
            problems=problems,
        )
