"""The wire format of adoptions: what is sent, and what comes back."""

from datetime import date

from pydantic import Field

from kb.adoption.stages import Stage
from kb.adoption.written import Led, Shown
from kb.api.schemas import Wire


class NewAdoption(Wire):
    """An adoption by the organisation of the key's owner; counts and texts may be left out."""

    practice: str = Field(description="The practice's permanent address.")
    stage: Stage
    reached_on: date
    shown: Shown = Shown.AGGREGATE
    region: str | None = None
    place: str = ""
    people_involved: int | None = None
    women_involved: int | None = None
    youth_involved: int | None = None
    women_led: Led = Led.UNKNOWN
    youth_led: Led = Led.UNKNOWN
    women_leaders: int | None = None
    youth_leaders: int | None = None
    roles: str = ""
    adaptations: str = ""


class AdoptionDocument(Wire):
    """An adoption as it was kept; `url` is its page for those who may see it."""

    id: int
    practice: str
    organisation: str
    stage: Stage
    reached_on: date
    verified: bool
    url: str
