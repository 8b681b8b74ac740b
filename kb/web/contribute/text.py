"""The fields of a text, with what to write there and an example."""

from kb.core.messages import Message, msg
from kb.practices.content import SUMMARY_LIMIT
from kb.web.contribute.form import FormField, Group

TEXT_HEAD = Group(
    msg("In short"),
    (
        FormField(
            "title",
            msg("Title"),
            msg("What is done, and by whom. Example: Women mediate disputes over a well"),
            required=True,
            limit=300,
        ),
        FormField(
            "summary",
            msg("Summary"),
            msg("Two or three sentences, at most %(limit)s characters.", limit=SUMMARY_LIMIT),
            "text",
            required=True,
            rows=4,
        ),
        FormField(
            "local_name",
            msg("Local name"),
            msg("What people call it, with the language. Example: dina (Fulfulde)"),
            limit=300,
        ),
        FormField(
            "practice_type",
            msg("Type of practice"),
            msg("A few words. Example: local agreement between herders and farmers"),
            limit=300,
        ),
        FormField(
            "places",
            msg("Places"),
            msg("One on a line, no smaller than a commune. Never a house, a camp or a route."),
            "lines",
            rows=3,
        ),
        FormField(
            "period",
            msg("Period"),
            msg("When it was observed, by year. Example: since 2012"),
            limit=300,
        ),
        FormField(
            "communities",
            msg("Communities and languages"),
            msg("One on a line."),
            "lines",
            rows=3,
        ),
    ),
)
SECTION_HELP: dict[str, Message] = {
    "context": msg(
        "What people quarrel over, since when, and what had been tried. "
        "Example: Farmers moved onto the herders’ track after the drought [S1]."
    ),
    "actors_roles": msg(
        "Who does what, by role and never by name. "
        "Example: The land chief calls the meeting; the women’s association speaks first [S2]."
    ),
    "how_it_works": msg(
        "One step after the other, as a numbered list. Example: 1. The two families are heard "
        "apart."
    ),
    "results": msg(
        "What changed, with figures and their source. "
        "Example: Eleven of fourteen disputes ended without violence in 2021 [S1]."
    ),
    "conditions": msg("Without what would it not have worked? Example: a chief whom both accept."),
    "limits_risks": msg(
        "Where it fails, and whom it could harm. "
        "Example: Young people without land are not heard [S3]."
    ),
    "security_actors": msg(
        "What soldiers, police or officials can do with it, and what they should leave alone."
    ),
    "women_youth": msg("Do they lead, take part, or are they only spoken of? Say how."),
    "lessons": msg("What you would tell somebody who wants to do the same elsewhere."),
    "training_use": msg("What trainees should learn from it, and questions to ask them."),
}
