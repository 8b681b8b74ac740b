"""What readers are told before they reuse a practice; it goes wherever the text goes. Pure."""

from kb.core.language import Locale
from kb.practices.public import PublicPractice
from kb.vocabularies.catalogue import Vocabularies


def warning(
    practice: PublicPractice, locale: Locale, vocabularies: Vocabularies
) -> tuple[str, str]:
    """The caution's name and its sentences; two empty texts where there is none."""
    caution = vocabularies.term("cautions", practice.caution)
    sentences = [caution.sentence[locale]] if caution and caution.sentence else []
    if locale in practice.caution_note:
        sentences.append(practice.caution_note[locale])
    if caution is None or not sentences:
        return "", ""
    return caution.label[locale], " ".join(sentences)
