"""What the practice page shows around the text: where sources are cited, how to cite and share."""

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote

from flask_babel import gettext as _

from kb.core.language import Locale
from kb.practices.cautions import warning
from kb.practices.content import CITATION
from kb.practices.public import PublicPractice, PublicText
from kb.practices.template import BY_KEY
from kb.vocabularies.catalogue import Vocabularies
from kb.web.current import absolute_url
from kb.web.dates import date_words

SHARE_BY_WHATSAPP = "https://wa.me/?text="
SHARE_BY_MAIL = "mailto:?"


class PracticePage:
    """A practice in the reader's language, or in its original where that is missing."""

    def __init__(
        self, practice: PublicPractice, locale: Locale, vocabularies: Vocabularies
    ) -> None:
        self.practice = practice
        self.locale = locale
        self.text: PublicText = practice.text_for(locale)
        name, sentences = warning(practice, self.text.locale, vocabularies)
        # What not to do must travel with what was done.
        self.warning = f"{name}. {sentences}\n\n" if name else ""
        self.url = absolute_url("browse.practice", slug=practice.slug)

    @property
    def is_foreign(self) -> bool:
        """Whether the text is in another language than the page."""
        return self.text.locale is not self.locale

    def heading(self, key: str) -> str:
        """The heading of a section, in the language of the page."""
        return BY_KEY[key].heading[self.locale]

    @cached_property
    def cited_in(self) -> Mapping[str, tuple[str, ...]]:
        """The keys of the sections that cite a source, by source id."""
        found: dict[str, dict[str, None]] = {source.id: {} for source in self.practice.sources}
        for section in self.text.sections:
            for source_id in CITATION.findall(section.markdown):
                found.setdefault(source_id, {})[section.key] = None
        return {source_id: tuple(keys) for source_id, keys in found.items()}

    @property
    def has_analysis(self) -> bool:
        """Whether any section holds the authors' own inferences, so that the legend is needed."""
        return any('class="analysis"' in section.html for section in self.text.sections)

    @property
    def citation(self) -> str:
        """How to cite this revision."""
        authors = ", ".join(credit.name for credit in self.practice.credited_authors)
        sentence: str = _(
            "%(authors)s: “%(title)s”. Palabre, revision %(number)s, %(date)s. %(url)s",
            authors=authors or "Palabre",
            title=self.text.title,
            number=self.practice.revision_number,
            date=date_words(self.practice.published_at, "long"),
            url=self.url,
        )
        return sentence

    @property
    def whatsapp_url(self) -> str:
        """A plain link that opens WhatsApp with title, summary and address."""
        message = f"{self.text.title}\n\n{self.warning}{self.text.summary}\n\n{self.url}"
        return SHARE_BY_WHATSAPP + quote(message, safe="")

    @property
    def mail_url(self) -> str:
        """A link that opens the mail program with the same."""
        body = f"{self.warning}{self.text.summary}\n\n{self.url}"
        return f"{SHARE_BY_MAIL}subject={quote(self.text.title)}&body={quote(body, safe='')}"
