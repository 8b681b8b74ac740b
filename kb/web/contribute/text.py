"""The fields of a text, with what to write there."""

from kb.core.messages import Message, msg
from kb.practices.content import SUMMARY_LIMIT
from kb.web.contribute.form import FormField, Group

TEXT_HEAD = Group(
    msg("In short"),
    (
        FormField(
            "title",
            msg("Title"),
            msg("What is done, and by whom."),
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
            msg("What people call it, with the language."),
            limit=300,
        ),
        FormField(
            "practice_type",
            msg("Type of practice"),
            msg("A few words."),
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
            msg("When it was observed, by year."),
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
    "context": msg("What people quarrel over, since when, and what had been tried."),
    "actors_roles": msg("Who does what, by role and never by name."),
    "how_it_works": msg("One step after the other, as a numbered list."),
    "results": msg("What changed, with figures and their source."),
    "conditions": msg("Without what would it not have worked?"),
    "limits_risks": msg("Where it fails, and whom it could harm."),
    "security_actors": msg(
        "What soldiers, police or officials can do with it, and what they should leave alone."
    ),
    "women_youth": msg("Do they lead, take part, or are they only spoken of? Say how."),
    "lessons": msg("What you would tell somebody who wants to do the same elsewhere."),
    "training_use": msg("What trainees should learn from it, and questions to ask them."),
}
