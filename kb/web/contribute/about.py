"""The fields about a practice that are the same in every language."""

from kb.core.messages import msg
from kb.web.contribute.form import FormField, Group

ABOUT = (
    Group(
        msg("What it is"),
        (
            FormField(
                "kind",
                msg("Kind of entry"),
                msg("A lesson is an experience that others should not copy as it was."),
                "radios",
                vocabulary="kinds",
            ),
            FormField(
                "themes",
                msg("Themes"),
                msg("What the practice is about. At least one."),
                "checks",
                required=True,
                vocabulary="themes",
            ),
            FormField(
                "actor_types",
                msg("Who is involved"),
                msg("Everybody with a part in it. At least one."),
                "checks",
                required=True,
                vocabulary="actor_types",
            ),
            FormField(
                "origin",
                msg("Origin"),
                msg("Whether it is an old custom, something new, or came with a project."),
                "select",
                vocabulary="origins",
            ),
            FormField(
                "maturity",
                msg("Maturity"),
                msg("How far it has come: tried once, or part of how things are done."),
                "select",
                vocabulary="maturities",
            ),
            FormField(
                "sdg_targets",
                msg("Sustainable Development Goals"),
                msg("Targets of goal 16 to which it contributes, if any."),
                "checks",
                vocabulary="sdg_targets",
            ),
        ),
    ),
    Group(
        msg("Where"),
        (
            FormField(
                "countries",
                msg("Countries"),
                msg("At least one."),
                "checks",
                required=True,
                vocabulary="countries",
            ),
            FormField(
                "regions",
                msg("Regions"),
                msg("Where it was observed, as far as that may be told."),
                "checks",
                vocabulary="regions",
            ),
            FormField(
                "zone",
                msg("Zone"),
                msg("How it lies to the Liptako-Gourma."),
                "select",
                vocabulary="zones",
            ),
            FormField(
                "cross_border",
                msg("Across borders"),
                msg("Only if people of two countries act together."),
                "flag",
            ),
            FormField(
                "location_precision",
                msg("How exactly readers may be told where"),
                msg(
                    "If an armed group could use the place, choose the country or the region. "
                    "The do-no-harm reviewer may make it coarser, never finer."
                ),
                "radios",
                vocabulary="location_precisions",
            ),
        ),
    ),
    Group(
        msg("What it rests on"),
        (
            FormField(
                "method",
                msg("How it was studied"),
                msg("From published sources, in the field, or with the people concerned."),
                "select",
                required=True,
                vocabulary="methods",
            ),
            FormField(
                "evidence",
                msg("How well it is documented"),
                msg("How many sources there are, and how far they know it themselves."),
                "select",
                required=True,
                vocabulary="evidence",
            ),
        ),
    ),
    Group(
        msg("Who may read it, and with what caution"),
        (
            FormField(
                "visibility",
                msg("Visibility"),
                msg("Restricted: editors, do-no-harm reviewers, you, and people you name."),
                "radios",
                vocabulary="visibilities",
            ),
            FormField(
                "caution",
                msg("Caution"),
                msg("A lesson always has the caution of lessons."),
                "select",
                vocabulary="cautions",
            ),
            FormField(
                "caution_note_fr",
                msg("Caution in your own words, in French"),
                msg("One sentence that readers see above the text. Leave it empty if not needed."),
            ),
            FormField(
                "caution_note_en",
                msg("Caution in your own words, in English"),
                msg("The same sentence in English."),
            ),
        ),
    ),
    Group(
        msg("Texts and address"),
        (
            FormField(
                "original_language",
                msg("Language in which it was written"),
                msg("One language is enough to submit; the other is encouraged."),
                "radios",
                vocabulary="languages",
            ),
            FormField(
                "licence",
                msg("Licence"),
                msg("What readers may do with the text once it is published."),
                "select",
                vocabulary="licences",
            ),
            FormField(
                "related",
                msg("Related practices"),
                msg(
                    "The last part of the address of each, one on a line: "
                    "for /en/practices/some-practice it is some-practice."
                ),
                "lines",
                rows=3,
            ),
            FormField(
                "address",
                msg("Address of the page"),
                msg(
                    "Made from the title; four characters of chance follow it. Change it if it "
                    "names somebody or a place. Once published it stays as it is."
                ),
            ),
            FormField(
                "change_note",
                msg("What is new in this revision"),
                msg("Readers see this sentence in the history. Name nobody."),
                limit=500,
            ),
        ),
    ),
)
