"""A database with many practices and adoptions, made up from a seed: rows straight into tables."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
import random
from typing import Any

from sqlalchemy import Engine, insert, select, update

from kb.accounts.models import Organisation, OrganisationType, User
from kb.adoption.models import Adoption, AdoptionStage, FollowUp, Recall
from kb.adoption.stages import FOLLOW_UP_MONTHS, IN_USE, Stage, months_later
from kb.core.database import Base, reading, writing
from kb.events.models import AuditEntry, AuditHead
from kb.practices.models import Practice, Revision, Version, VersionTag
from kb.practices.service import TERM_FIELDS
from kb.practices.tags import TAG_FIELDS
from kb.vocabularies.catalogue import Vocabularies

BATCH = 5_000
YEARS = 4
ORGANISATIONS = 800
# Characters of the text of a practice, about as in content/.
TEXT = "Un accord local entre éleveurs et cultivateurs, devant les chefs de village. " * 150
SEVERAL = {"country": 2, "region": 3, "actor": 4, "theme": 4, "sdg": 2}
PATHS = (
    (Stage.INTENT,),
    (Stage.INTENT, Stage.TRIAL),
    (Stage.INTENT, Stage.TRIAL, Stage.ADOPTED),
    (Stage.ADOPTED, Stage.INSTITUTIONALISED),
    (Stage.TRIAL, Stage.ABANDONED),
)


class Filler:
    """Draws everything from one seed, up to a day."""

    def __init__(self, engine: Engine, vocabularies: Vocabularies, today: date, seed: int) -> None:
        self.engine = engine
        self.today = today
        self.draw = random.Random(seed)  # noqa: S311 - not a secret
        self.codes = {
            facet: [term.code for term in vocabularies.by_name[TERM_FIELDS[field]].terms]
            for facet, field in TAG_FIELDS.items()
        }

    def fill(self, practices: int, adoptions: int) -> None:
        """Add so many practices, of which nine in ten are published, and adoptions of them."""
        with reading(self.engine) as session:
            numbers = {
                model: max(session.scalars(select(model.id)), default=0)
                for model in (Practice, Revision, Version, AuditEntry, Adoption, User)
            }
            person = session.scalar(select(User.id).limit(1))
        rows: dict[type[Base], list[dict[str, Any]]] = {}
        if person is None:
            person = 1
            self._write({User: [self._user(person)]})
        self._write({Organisation: list(self._organisations())})
        with reading(self.engine) as session:
            houses = list(session.scalars(select(Organisation.id)))
        self._write_practices(practices, numbers)
        for start in range(0, adoptions, BATCH):
            rows = {Adoption: [], AdoptionStage: [], FollowUp: [], Recall: []}
            for number in range(start, min(adoptions, start + BATCH)):
                at = self.draw.randrange(practices)
                place = (numbers[Practice] + at + 1, numbers[Revision] + at + 1)
                self._adoption(
                    rows, numbers[Adoption] + number + 1, place, self.draw.choice(houses), person
                )
            self._write(rows)
        self._recalls(numbers, practices, adoptions)

    def _write_practices(self, practices: int, numbers: dict[Any, int]) -> None:
        for start in range(0, practices, BATCH // 10):
            rows: dict[type[Base], list[dict[str, Any]]] = {
                model: [] for model in (Practice, Revision, Version, VersionTag, AuditEntry)
            }
            for at in range(start, min(practices, start + BATCH // 10)):
                self._practice(rows, at, numbers)
            # A revision that was submitted names a version, which names the revision.
            afterwards = [dict(row) for row in rows[Revision]]
            for row in rows[Revision]:
                row |= {"state": "draft", "version_id": None, "published_at": None}
            versions = rows.pop(Version)
            tags = rows.pop(VersionTag)
            self._write(rows)
            self._write({Version: versions, VersionTag: tags})
            with writing(self.engine) as session:
                connection = session.connection()
                table = Revision.__table__
                for row in afterwards:
                    connection.execute(
                        update(table)
                        .where(table.c.id == row["id"])
                        .values(
                            state=row["state"],
                            version_id=row["version_id"],
                            published_at=row["published_at"],
                        )
                    )
        with writing(self.engine) as session:
            head = session.get(AuditHead, 1)
            if head is not None:
                head.entries = numbers[AuditEntry] + 3 * practices
                head.hash = f"b{head.entries}"

    def _practice(
        self, rows: dict[type[Base], list[dict[str, Any]]], at: int, numbers: dict[Any, int]
    ) -> None:
        draw, number = self.draw, at + 1
        practice, revision = numbers[Practice] + number, numbers[Revision] + number
        version, entry = numbers[Version] + number, numbers[AuditEntry] + 3 * at
        created = self._moment(draw.randrange(YEARS * 365))
        submitted = created + timedelta(days=draw.randrange(40))
        decided = submitted + timedelta(days=draw.randrange(1, 45))
        is_out = draw.random() < 0.9  # noqa: PLR2004 - nine in ten
        text = {"texts": {"fr": {"title": f"Pratique {number}", "body": TEXT}}}
        rows[Practice].append(
            {"id": practice, "slug": f"pratique-{number}", "created_at": created}
        )
        rows[Revision].append(
            {
                "id": revision,
                "practice_id": practice,
                "number": 1,
                "state": "published" if is_out else "rejected",
                "working_copy": text,
                "version_id": version,
                "visibility": draw.choice(["public"] * 8 + ["members", "restricted"]),
                "location_precision": "region",
                "created_at": created,
                "state_since": decided,
                "published_at": decided if is_out else None,
            }
        )
        rows[Version].append(
            {
                "id": version,
                "revision_id": revision,
                "number": 1,
                "content": text,
                "content_hash": "0" * 64,
                "created_at": submitted,
            }
        )
        for facet, codes in self.codes.items():
            for code in draw.sample(
                codes, min(len(codes), draw.randint(1, SEVERAL.get(facet, 1)))
            ):
                rows[VersionTag].append({"version_id": version, "facet": facet, "code": code})
        kinds = ("submit", "approve", "publish") if is_out else ("submit", "assign", "reject")
        for offset, (kind, moment) in enumerate(
            zip(kinds, (submitted, decided, decided), strict=True), 1
        ):
            rows[AuditEntry].append(
                {
                    "id": entry + offset,
                    "at": moment,
                    "type": f"practice.{kind}",
                    "practice_id": practice,
                    "revision_id": revision,
                    "data": {"version_id": version},
                    "previous_hash": f"b{entry + offset - 1}",
                    "hash": f"b{entry + offset}",
                }
            )

    def _adoption(
        self,
        rows: dict[type[Base], list[dict[str, Any]]],
        number: int,
        place: tuple[int, int],
        house: int,
        person: int,
    ) -> None:
        draw = self.draw
        age = draw.randrange(YEARS * 365)
        steps = []
        for stage in draw.choice(PATHS):
            steps.append((stage, self.today - timedelta(days=age)))
            age -= draw.randrange(1, 200)
            if age < 0:
                break
        recorded = datetime(*steps[0][1].timetuple()[:3], 9, tzinfo=UTC)
        rows[Adoption].append(
            {
                "id": number,
                "practice_id": place[0],
                "revision_id": place[1],
                "organisation_id": house,
                "shown": "aggregate",
                "stage": steps[-1][0],
                "stage_on": steps[-1][1],
                "women_led": draw.choice(("yes", "no", "no", "unknown")),
                "youth_led": draw.choice(("yes", "no", "no", "unknown")),
                "recorded_by_id": person,
                "recorded_at": recorded,
                "is_demo": True,
            }
        )
        rows[AdoptionStage] += [
            {
                "adoption_id": number,
                "stage": stage,
                "reached_on": day,
                "recorded_by_id": person,
                "recorded_at": datetime(*day.timetuple()[:3], 9, tzinfo=UTC),
            }
            for stage, day in steps
        ]
        in_use = [day for stage, day in steps if stage in IN_USE]
        if in_use:
            rows[FollowUp] += list(self._follow_ups(number, in_use[0], steps[-1], person))

    def _follow_ups(
        self, adoption: int, since: date, last: tuple[Stage, date], person: int
    ) -> Iterator[dict[str, Any]]:
        for month in FOLLOW_UP_MONTHS:
            due = months_later(since, month)
            done = due + timedelta(days=self.draw.randrange(60))
            given_up = last[0] is Stage.ABANDONED and due > last[1]
            is_done = not given_up and done <= self.today and self.draw.random() < 0.8  # noqa: PLR2004
            yield {
                "adoption_id": adoption,
                "month": month,
                "due_on": due,
                "done_on": done if is_done else None,
                "dropped_on": last[1] if given_up else None,
                "rating": 3 if is_done else None,
                "still_in_use": True if is_done else None,
                "recorded_by_id": person if is_done else None,
                "recorded_at": datetime(*done.timetuple()[:3], tzinfo=UTC) if is_done else None,
            }

    def _recalls(self, numbers: dict[Any, int], practices: int, adoptions: int) -> None:
        rows = []
        for number in range(1, adoptions + 1, 25):
            at = self._moment(self.draw.randrange(YEARS * 365))
            practice = self.draw.randrange(1, practices + 1)
            known = self.draw.random() < 0.7  # noqa: PLR2004 - most
            rows.append(
                {
                    "practice_id": numbers[Practice] + practice,
                    "revision_id": numbers[Revision] + practice,
                    "entry_id": numbers[AuditEntry] + 3 * practice,
                    "kind": "corrected",
                    "adoption_id": numbers[Adoption] + number,
                    "at": at,
                    "acknowledged_at": at + timedelta(days=3) if known else None,
                    "acknowledged_by_id": 1 if known else None,
                }
            )
        self._write({Recall: rows})

    def _organisations(self) -> Iterator[dict[str, Any]]:
        for _ in range(ORGANISATIONS):
            kind = self.draw.choice(list(OrganisationType))
            country = self.draw.choice(("ML", "NE", "BF"))
            yield {"name": f"Unité d’essai {self.draw.random()}", "type": kind, "country": country}

    def _user(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "email": "essai@example.org",
            "name": "Essai",
            "locale": "fr",
            "created_at": self._moment(YEARS * 365),
        }

    def _moment(self, days_ago: int) -> datetime:
        day = self.today - timedelta(days=days_ago)
        return datetime(*day.timetuple()[:3], 9, tzinfo=UTC)

    def _write(self, rows: dict[type[Base], list[dict[str, Any]]]) -> None:
        with writing(self.engine) as session:
            for model, values in rows.items():
                if values:
                    session.execute(insert(model), values)
