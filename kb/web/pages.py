"""Pages that explain: glossary, help, and what the site is and does."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from flask import Blueprint, render_template

from kb.core.folding import fold
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.vocabularies.catalogue import GlossaryEntry
from kb.vocabularies.service import load_glossary
from kb.web.browse.alphabet import initial
from kb.web.current import runtime
from kb.web.language import current_locale, drop_language

# In this order; a kind that is not here comes last, under its own name.
GLOSSARY_KINDS: dict[str, Message] = {
    "concept": msg("Words and concepts"),
    "people": msg("Peoples and communities"),
    "language": msg("Languages"),
}

blueprint = Blueprint("pages", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/<lang:lang>/glossary")
def glossary() -> str:
    """The thesaurus, by kind and letter."""
    with runtime().reading() as session:
        entries = load_glossary(session)
    return render_template(
        "pages/glossary.html",
        kinds=by_kind(entries, current_locale()),
        kind_labels=GLOSSARY_KINDS,
        total=len(entries),
    )


@blueprint.get("/<lang:lang>/help")
def help_page() -> str:
    """How to search and how to read."""
    kb = runtime()
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
    return render_template("pages/help.html", vocabularies=vocabularies)


@blueprint.get("/<lang:lang>/about")
def about() -> str:
    """What Palabre is and is not."""
    return render_template("pages/about.html")


@blueprint.get("/<lang:lang>/privacy")
def privacy() -> str:
    """What is recorded about readers."""
    return render_template("pages/privacy.html")


@blueprint.get("/<lang:lang>/accessibility")
def accessibility() -> str:
    """What was tested, and what was not."""
    return render_template("pages/accessibility.html")


def by_kind(
    entries: Iterable[GlossaryEntry], locale: Locale
) -> Mapping[str, Mapping[str, list[GlossaryEntry]]]:
    """Kind -> first letter -> entries, each in the order of the reader's language."""

    def word(entry: GlossaryEntry) -> str:
        return fold(entry.fr if locale is Locale.FR else entry.en)

    order = list(GLOSSARY_KINDS)
    found: dict[str, dict[str, list[GlossaryEntry]]] = {}
    ordered = sorted(entries, key=lambda entry: (word(entry), entry.id))
    for kind in sorted(
        {entry.kind for entry in ordered},
        key=lambda kind: (order.index(kind) if kind in order else len(order), kind),
    ):
        of_kind = [entry for entry in ordered if entry.kind == kind]
        found[kind] = {
            letter: list(group)
            for letter, group in groupby(of_kind, key=lambda entry: initial(word(entry)))
        }
    return found
