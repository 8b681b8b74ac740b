"""What each indicator counts, in words that stand beside its number. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from kb.core.messages import Message, msg

# A follow-up that was done so many days after it was due, or earlier, is in time.
DAYS_OF_GRACE = 30


class Group(StrEnum):
    """What an indicator is about."""

    ENTRIES = "entries"
    REVIEW = "review"
    ADOPTION = "adoption"
    LEADERS = "leaders"
    GOALS = "goals"


class Unit(StrEnum):
    """What its number means."""

    COUNT = "count"
    # The numerator of the denominator.
    SHARE = "share"
    DAYS = "days"


class Key(StrEnum):
    """The name of an indicator in addresses, files and interfaces."""

    IDENTIFIED = "practices-identified"
    SUBMITTED = "practices-submitted"
    PUBLISHED = "practices-published"
    COUNTRIES = "countries-covered"
    REGIONS = "regions-covered"
    THEMES = "themes-covered"
    ACTORS = "actors-covered"
    DECISION = "days-to-decision"
    ADOPTED = "practices-adopted"
    RECORDED = "adoptions-recorded"
    STAGES = "adoptions-by-stage"
    FOLLOW_UPS = "follow-ups-in-time"
    RECALLS = "recalls-acknowledged"
    WOMEN_PRACTICES = "practices-led-by-women"
    YOUTH_PRACTICES = "practices-led-by-youth"
    WOMEN_ADOPTIONS = "adoptions-led-by-women"
    YOUTH_ADOPTIONS = "adoptions-led-by-youth"
    TARGETS = "sdg-targets-covered"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number that can be counted again by anybody who reads this."""

    key: Key
    group: Group
    unit: Unit
    title: Message
    definition: Message
    numerator: Message
    denominator: Message | None = None


GROUP_TITLES: dict[Group, Message] = {
    Group.ENTRIES: msg("Practices"),
    Group.REVIEW: msg("Review"),
    Group.ADOPTION: msg("Adoption"),
    Group.LEADERS: msg("Women and young people"),
    Group.GOALS: msg("Sustainable Development Goal 16"),
}
_STANDING = msg(
    "Practices first published by the end of the period that can still be read. Cautionary lessons"
    " are not counted."
)
_READABLE = msg("Practices that can be read")
_STILL_GOING = msg("Adoptions begun by the end of the period and not given up by then")


def _covered(key: Key, title: Message, numerator: Message, denominator: Message) -> Indicator:
    return Indicator(key, Group.ENTRIES, Unit.SHARE, title, _STANDING, numerator, denominator)


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        Key.IDENTIFIED,
        Group.ENTRIES,
        Unit.COUNT,
        msg("Practices identified"),
        msg(
            "Entries begun or imported in the period, published or not. Those known to be"
            " cautionary lessons are not counted."
        ),
        msg("Entries begun in the period"),
    ),
    Indicator(
        Key.SUBMITTED,
        Group.ENTRIES,
        Unit.COUNT,
        msg("Practices submitted"),
        msg(
            "Practices whose author sent them to the desk for the first time in the period."
            " Imported entries are not sent by anybody."
        ),
        msg("Practices first submitted in the period"),
    ),
    Indicator(
        Key.PUBLISHED,
        Group.ENTRIES,
        Unit.COUNT,
        msg("Practices published"),
        msg(
            "Practices that readers got for the first time in the period, for everybody or for"
            " members, also if they were taken back since."
        ),
        msg("Practices first published in the period"),
    ),
    _covered(
        Key.COUNTRIES,
        msg("Countries covered"),
        msg("Countries with a practice that can be read"),
        msg("Countries of the list"),
    ),
    _covered(
        Key.REGIONS,
        msg("Regions covered"),
        msg("Regions with a practice that can be read"),
        msg("Regions of the list"),
    ),
    _covered(
        Key.THEMES,
        msg("Themes covered"),
        msg("Themes with a practice that can be read"),
        msg("Themes of the list"),
    ),
    _covered(
        Key.ACTORS,
        msg("Kinds of actors covered"),
        msg("Kinds of actors with a practice that can be read"),
        msg("Kinds of actors of the list"),
    ),
    Indicator(
        Key.DECISION,
        Group.REVIEW,
        Unit.DAYS,
        msg("Days until a decision"),
        msg(
            "Half of the submissions decided in the period waited no longer than this. A decision"
            " is: approved, changes requested, or rejected; the first after a submission counts."
        ),
        msg("Submissions decided in the period"),
    ),
    Indicator(
        Key.ADOPTED,
        Group.ADOPTION,
        Unit.SHARE,
        msg("Practices adopted"),
        msg(
            "Practices that at least one organisation had adopted, or made part of its rules, at"
            " the end of the period."
        ),
        msg("Practices adopted by the end of the period"),
        _READABLE,
    ),
    Indicator(
        Key.RECORDED,
        Group.ADOPTION,
        Unit.COUNT,
        msg("Adoptions recorded"),
        msg("Adoptions that organisations told Palabre of in the period, at whatever stage."),
        msg("Adoptions recorded in the period"),
    ),
    Indicator(
        Key.STAGES,
        Group.ADOPTION,
        Unit.COUNT,
        msg("Adoptions by stage"),
        msg(
            "Adoptions begun by the end of the period, by the stage reached by then and by the"
            " kind of organisation."
        ),
        msg("Adoptions begun by the end of the period"),
    ),
    Indicator(
        Key.FOLLOW_UPS,
        Group.ADOPTION,
        Unit.SHARE,
        msg("Follow-ups in time"),
        msg(
            "Follow-ups after 3, 6 and 12 months have 30 days’ time from the day they are due."
            " Those whose time ended in the period are counted, but not those of adoptions given"
            " up before."
        ),
        msg("Done within the 30 days"),
        msg("Follow-ups whose time ended in the period"),
    ),
    Indicator(
        Key.RECALLS,
        Group.ADOPTION,
        Unit.SHARE,
        msg("Recalls acknowledged"),
        msg(
            "Whoever uses or follows a practice is told when it is corrected, restricted,"
            " withdrawn or archived. What was told in the period is counted."
        ),
        msg("Have said that they know, by today"),
        msg("Recalls sent in the period"),
    ),
    Indicator(
        Key.WOMEN_PRACTICES,
        Group.LEADERS,
        Unit.SHARE,
        msg("Practices with women leaders"),
        msg("Practices that name women leaders among those involved."),
        msg("Practices with women leaders"),
        _READABLE,
    ),
    Indicator(
        Key.YOUTH_PRACTICES,
        Group.LEADERS,
        Unit.SHARE,
        msg("Practices with youth leaders"),
        msg("Practices that name youth leaders among those involved."),
        msg("Practices with youth leaders"),
        _READABLE,
    ),
    Indicator(
        Key.WOMEN_ADOPTIONS,
        Group.LEADERS,
        Unit.SHARE,
        msg("Adoptions led by women"),
        msg(
            "Adoptions in which women lead, as the organisation says, and that were not given up."
        ),
        msg("Adoptions in which women lead"),
        _STILL_GOING,
    ),
    Indicator(
        Key.YOUTH_ADOPTIONS,
        Group.LEADERS,
        Unit.SHARE,
        msg("Adoptions led by young people"),
        msg(
            "Adoptions in which young people lead, as the organisation says, and that were not"
            " given up."
        ),
        msg("Adoptions in which young people lead"),
        _STILL_GOING,
    ),
    Indicator(
        Key.TARGETS,
        Group.GOALS,
        Unit.SHARE,
        msg("Targets of Goal 16 covered"),
        _STANDING,
        msg("Targets with a practice that can be read"),
        msg("Targets of the list"),
    ),
)
BY_KEY: dict[Key, Indicator] = {indicator.key: indicator for indicator in INDICATORS}
# Indicators that tell how many terms of a vocabulary have a practice: facet -> vocabulary.
COVERING: dict[Key, tuple[str, str]] = {
    Key.COUNTRIES: ("country", "countries"),
    Key.REGIONS: ("region", "regions"),
    Key.THEMES: ("theme", "themes"),
    Key.ACTORS: ("actor", "actor_types"),
    Key.TARGETS: ("sdg", "sdg_targets"),
}
# Indicators of practices that name these among those involved.
LED_BY: dict[Key, str] = {
    Key.WOMEN_PRACTICES: "women-leaders",
    Key.YOUTH_PRACTICES: "youth-leaders",
}
