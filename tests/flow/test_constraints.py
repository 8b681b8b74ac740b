"""What must never be is refused by the database itself: one attempt per constraint, in raw SQL."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.exc import IntegrityError

from kb.accounts.models import Organisation, OrganisationType
from kb.adoption.models import Adoption, AdoptionStage
from kb.adoption.stages import Stage
from kb.adoption.written import Led, Shown
from kb.core.database import Base
from kb.core.errors import Conflict
from kb.core.event import Event
from kb.core.language import Locale
from kb.core.unit_of_work import UnitOfWork
from kb.following.models import SavedSearch
from kb.operations.models import SiteFact
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from kb.runtime import Runtime
from kb.vocabularies.models import GlossaryRow
from tests.database import snapshot
from tests.make import make_revision

T, LATER = "2026-01-01 00:00:00+00:00", "2027-01-01 00:00:00+00:00"
HASH, OTHER = "a" * 64, "b" * 64
NOBODY = 999_999

# Table -> a row that is accepted. `:user` and so on are ids of rows that exist.
ROWS: dict[str, dict[str, Any]] = {
    "organisations": {"id": 900, "name": "A school", "type": "military", "country": "ML"},
    "users": {
        "id": 900,
        "email": "a@example.org",
        "name": "A",
        "locale": "fr",
        "organisation_id": None,
        "country": None,
        "totp_secret": None,
        "totp_step": None,
        "created_at": T,
    },
    "role_grants": {"user_id": ":user", "role": "member", "granted_by_id": None, "granted_at": T},
    "user_sessions": {
        "id": 900,
        "user_id": ":user",
        "token_hash": HASH,
        "created_at": T,
        "seen_at": T,
        "authenticated_at": T,
        "expires_at": LATER,
        "ended_at": None,
        "device": "",
    },
    "recovery_codes": {"id": 900, "user_id": ":user", "code_hash": HASH, "used_at": None},
    "one_time_links": {
        "id": 900,
        "user_id": ":user",
        "purpose": "invitation",
        "token_hash": HASH,
        "created_at": T,
        "expires_at": LATER,
    },
    "access_requests": {
        "id": 900,
        "email": "a@example.org",
        "name": "A",
        "organisation": "B",
        "country": "ML",
        "purpose": "C",
        "locale": "fr",
        "requested_at": T,
        "decided_at": None,
        "decided_by_id": None,
        "granted": None,
    },
    "failed_attempts": {"id": 900, "key": HASH, "about": "", "at": T},
    "practices": {"id": 900, "slug": "new-one", "owner_id": None, "created_at": T},
    "revisions": {
        "id": 900,
        "practice_id": ":practice",
        "number": 2,
        "state": "draft",
        "working_copy": "{}",
        "version_id": None,
        "visibility": "public",
        "location_precision": "commune",
        "imported": False,
        "change_note": "",
        "created_at": T,
        "state_since": T,
        "published_at": None,
        "lock_number": 1,
    },
    "revision_authors": {"revision_id": ":revision", "user_id": ":other_user"},
    "withdrawal_reasons": {"revision_id": ":revision", "reason": "safety"},
    "practice_readers": {
        "practice_id": ":practice",
        "user_id": ":other_user",
        "granted_by_id": None,
        "granted_at": T,
    },
    "versions": {
        "id": 900,
        "revision_id": ":revision",
        "number": 2,
        "content": "{}",
        "content_hash": HASH,
        "created_at": T,
        "created_by_id": None,
    },
    "version_tags": {"version_id": ":version", "facet": "country", "code": "XX"},
    "rendered_texts": {
        "version_id": ":version",
        "locale": "en",
        "renderer_version": "1",
        "sections": "{}",
    },
    "transition_notes": {
        "id": 900,
        "revision_id": ":revision",
        "action": "archive",
        "author_id": None,
        "text": "why",
        "created_at": T,
    },
    "restricted_notes": {
        "id": 900,
        "practice_id": ":practice",
        "author_id": None,
        "origin": "x",
        "text": "{}",
        "created_at": T,
    },
    "attachments": {
        "id": 900,
        "revision_id": ":revision",
        "uploaded_by_id": ":user",
        "content_hash": HASH,
        "media_type": "image/png",
        "file_name": "a.png",
        "size": 1,
        "alternative_text_fr": "",
        "alternative_text_en": "",
        "credit": "",
        "licence": "x",
        "created_at": T,
    },
    "version_attachments": {
        "version_id": ":version",
        "content_hash": HASH,
        "position": 1,
        "media_type": "image/png",
        "file_name": "a.png",
        "size": 1,
        "alternative_text_fr": "",
        "alternative_text_en": "",
        "credit": "",
        "licence": "x",
    },
    "assignments": {
        "id": 900,
        "revision_id": ":revision",
        "reviewer_id": ":other_user",
        "assigned_by_id": ":user",
        "assigned_at": T,
        "ended_at": None,
    },
    "verdicts": {
        "id": 900,
        "version_id": ":version",
        "reviewer_id": ":other_user",
        "decision": "accept",
        "reason": "",
        "decided_at": T,
    },
    "sign_offs": {
        "id": 900,
        "version_id": ":version",
        "safeguard_id": ":user",
        "outcome": "pass",
        "location_precision": None,
        "answers": "{}",
        "note": "",
        "signed_at": T,
    },
    "comments": {
        "id": 900,
        "version_id": ":version",
        "author_id": ":user",
        "parent_id": None,
        "field": None,
        "audience": "desk",
        "quote": "",
        "body": "x",
        "created_at": T,
    },
    "audit_entries": {
        "id": 900,
        "at": T,
        "type": "x",
        "data": "{}",
        "previous_hash": HASH,
        "hash": OTHER,
    },
    "audit_head": {"id": 1, "entries": 0, "hash": HASH},
    "deliveries": {
        "id": 900,
        "entry_id": ":entry",
        "consumer": "mail",
        "attempts": 0,
        "due_at": T,
        "last_error": "",
    },
    "notifications": {
        "id": 900,
        "user_id": ":user",
        "entry_id": ":entry",
        "created_at": T,
        "read_at": None,
    },
    "mails": {
        "id": 900,
        "user_id": ":user",
        "kind": "notification",
        "entry_id": ":entry",
        "created_at": T,
        "due_at": T,
        "claimed_at": None,
        "sent_at": None,
        "attempts": 0,
        "last_error": "",
    },
    "leases": {"name": "x", "holder": "y", "until": T},
    "vocabularies": {"name": "x", "position": 99, "digest": HASH, "content": "{}"},
    "glossary_entries": {
        "id": 900,
        "code": "x",
        "content": "{}",
        "digest": HASH,
        "edited_at": None,
        "is_removed": False,
    },
    "search_misses": {
        "id": 900,
        "query_hash": HASH,
        "times": 2,
        "text": None,
        "locale": "fr",
        "last_seen_on": T[:10],
    },
    "search_promotions": {
        "id": 900,
        "query": "puits",
        "practice_id": ":practice",
        "position": 1,
    },
    "site_facts": {"name": "x", "value": "y"},
    "organisation_merges": {
        "organisation_id": ":organisation",
        "into_id": ":other_organisation",
        "merged_by_id": ":user",
        "merged_at": T,
    },
    "api_tokens": {
        "id": 900,
        "user_id": ":user",
        "name": "x",
        "scope": "adoptions:write",
        "token_hash": HASH,
        "created_at": T,
        "expires_at": LATER,
        "used_at": None,
        "revoked_at": None,
    },
    "adoptions": {
        "id": 900,
        "practice_id": ":practice",
        "revision_id": ":revision",
        "organisation_id": ":organisation",
        "region": None,
        "place": "",
        "shown": "aggregate",
        "stage": "trial",
        "stage_on": T[:10],
        "people_involved": 20,
        "women_involved": 10,
        "youth_involved": 10,
        "women_led": "yes",
        "youth_led": "yes",
        "women_leaders": 2,
        "youth_leaders": None,
        "roles": "",
        "adaptations": "",
        "recorded_by_id": ":user",
        "recorded_at": T,
        "verified_by_id": ":other_user",
        "verified_at": T,
        "is_demo": False,
        "lock_number": 1,
    },
    "adoption_stages": {
        "id": 900,
        "adoption_id": ":adoption",
        "stage": "abandoned",
        "reached_on": T[:10],
        "recorded_by_id": ":user",
        "recorded_at": T,
    },
    "follow_ups": {
        "id": 900,
        "adoption_id": ":adoption",
        "month": 3,
        "due_on": T[:10],
        "done_on": T[:10],
        "dropped_on": None,
        "what_changed": "",
        "evidence": "",
        "unintended": "",
        "rating": 4,
        "still_in_use": True,
        "recorded_by_id": ":user",
        "recorded_at": T,
        "reminded_at": None,
    },
    "transfer_checks": {
        "adoption_id": ":adoption",
        "version_id": ":version",
        "answers": "{}",
        "recorded_by_id": ":user",
        "recorded_at": T,
    },
    "recalls": {
        "id": 900,
        "practice_id": ":practice",
        "revision_id": ":revision",
        "entry_id": ":entry",
        "kind": "withdrawn",
        "reason": "safety",
        "adoption_id": ":adoption",
        "user_id": None,
        "at": T,
        "acknowledged_at": T,
        "acknowledged_by_id": ":user",
    },
    "recall_messages": {
        "id": 900,
        "revision_id": ":revision",
        "action": "archive",
        "text": "x",
        "author_id": ":user",
        "created_at": T,
    },
    "saved_searches": {
        "id": 900,
        "user_id": ":user",
        "name": "x",
        "query": "q=puits",
        "locale": "fr",
        "created_at": T,
    },
    "follows": {
        "id": 900,
        "user_id": ":user",
        "practice_id": ":practice",
        "theme": None,
        "saved_search_id": None,
        "created_at": T,
    },
    "follow_news": {
        "id": 900,
        "user_id": ":user",
        "practice_id": ":practice",
        "entry_id": ":entry",
        "at": T,
        "told_at": None,
    },
    "feed_tokens": {"user_id": ":user", "token_hash": HASH, "created_at": T},
}

# Constraint -> what makes the accepted row of its table one that breaks it.
BREAKS: dict[str, dict[str, Any]] = {
    "ck_organisations_country_is_iso": {"country": "M"},
    "ck_organisations_type_known": {"type": "militia"},
    "ck_users_email_is_lower_case": {"email": "A@example.org"},
    "ck_users_locale_known": {"locale": "de"},
    "ck_role_grants_role_known": {"role": "king"},
    "ck_user_sessions_expires_later": {"expires_at": T},
    "ck_one_time_links_purpose_known": {"purpose": "fun"},
    "ck_access_requests_locale_known": {"locale": "de"},
    "ck_access_requests_decided_with_a_decision": {"granted": True},
    "ck_practices_slug_not_empty": {"slug": ""},
    "ck_revisions_number_positive": {"number": 0},
    "ck_revisions_state_known": {"state": "lost", "version_id": ":version"},
    "ck_revisions_visibility_known": {"visibility": "secret"},
    "ck_revisions_location_precision_known": {"location_precision": "house"},
    "ck_revisions_published_at_if_once_public": {"published_at": T},
    "ck_revisions_version_once_submitted": {"state": "submitted"},
    "ck_versions_number_positive": {"number": 0},
    "ck_rendered_texts_locale_known": {"locale": "de"},
    "ck_transition_notes_text_not_empty": {"text": ""},
    "ck_transition_notes_action_known": {"action": "burn"},
    "ck_attachments_size_positive": {"size": 0},
    "ck_attachments_content_hash_is_sha256": {"content_hash": "a"},
    "ck_verdicts_decision_known": {"decision": "perhaps", "reason": "x"},
    "ck_verdicts_reason_given": {"decision": "reject"},
    "ck_sign_offs_outcome_known": {"outcome": "perhaps"},
    "ck_sign_offs_refusal_explained": {"outcome": "refuse"},
    "ck_sign_offs_coarsened_to_something": {"outcome": "pass-coarsened"},
    "ck_comments_audience_known": {"audience": "world"},
    "ck_comments_body_not_empty": {"body": ""},
    "ck_withdrawal_reasons_reason_known": {"reason": "boredom"},
    "ck_mails_kind_known": {"kind": "advertisement"},
    "ck_mails_attempts_counted": {"attempts": -1},
    "ck_search_misses_locale_known": {"locale": "de"},
    "ck_search_misses_times_counted": {"times": 0},
    "ck_search_misses_text_only_if_repeated": {"text": "a name"},
    "ck_audit_head_only_one": {"id": 2},
    "ck_organisation_merges_into_another": {"into_id": ":organisation"},
    "ck_api_tokens_expires_later": {"expires_at": T},
    "ck_api_tokens_name_not_empty": {"name": ""},
    "ck_api_tokens_scope_known": {"scope": "everything"},
    "ck_adoptions_shown_known": {"shown": "to-all"},
    "ck_adoptions_stage_known": {"stage": "dreamt"},
    "ck_adoptions_women_led_known": {"women_led": "perhaps", "women_leaders": None},
    "ck_adoptions_youth_led_known": {"youth_led": "perhaps"},
    "ck_adoptions_people_counted": {
        "people_involved": -1,
        "women_involved": None,
        "youth_involved": None,
    },
    "ck_adoptions_women_among_people": {"women_involved": 21},
    "ck_adoptions_youth_among_people": {"youth_involved": -1},
    "ck_adoptions_women_leaders_among_women": {"women_leaders": 11},
    "ck_adoptions_youth_leaders_among_youth": {"youth_led": "no", "youth_leaders": 1},
    "ck_adoptions_verified_by_somebody": {"verified_at": None},
    "ck_adoptions_verified_by_another": {"verified_by_id": ":user"},
    "ck_adoption_stages_stage_known": {"stage": "dreamt"},
    "ck_follow_ups_month_known": {"month": 4},
    "ck_follow_ups_rating_known": {"rating": 5},
    "ck_follow_ups_done_with_an_answer": {"rating": None},
    "ck_follow_ups_done_or_dropped": {"dropped_on": T[:10]},
    "ck_recalls_kind_known": {"kind": "forgotten", "reason": None},
    "ck_recalls_reason_known": {"reason": "boredom"},
    "ck_recalls_for_one_holder": {"user_id": ":user"},
    "ck_recalls_reason_of_a_withdrawal": {"kind": "archived"},
    "ck_recalls_acknowledged_by_somebody": {"acknowledged_at": None},
    "ck_recall_messages_action_known": {"action": "burn"},
    "ck_recall_messages_text_not_empty": {"text": ""},
    "ck_saved_searches_name_not_empty": {"name": ""},
    "ck_saved_searches_locale_known": {"locale": "de"},
    "ck_follows_of_one_thing": {"theme": "water"},
}
# A second row that differs in its key only. Beside it, the whole row is taken as it is.
TWICE: dict[str, dict[str, Any]] = {
    "uq_organisations_name_country": {"id": 901},
    "uq_users_email": {"id": 901},
    "uq_user_sessions_token_hash": {"id": 901},
    "uq_one_time_links_token_hash": {"id": 901},
    "uq_recovery_codes_user_id_code_hash": {"id": 901},
    "uq_notifications_user_id_entry_id": {"id": 901},
    "uq_mails_user_id_kind_entry_id": {"id": 901},
    "uq_practices_slug": {"id": 901},
    "uq_revisions_practice_id_number": {"id": 901},
    "uq_versions_revision_id_number": {"id": 901},
    "uq_attachments_revision_id_content_hash": {"id": 901},
    "uq_assignments_open": {"id": 901},
    "uq_verdicts_version_id_reviewer_id": {"id": 901},
    "uq_audit_entries_hash": {"id": 901, "previous_hash": "c" * 64},
    "uq_audit_entries_previous_hash": {"id": 901, "hash": "c" * 64},
    "uq_deliveries_entry_id_consumer": {"id": 901},
    "uq_glossary_entries_code": {"id": 901},
    "uq_search_misses_query_hash": {"id": 901},
    "uq_search_promotions_query_practice_id": {"id": 901},
    "uq_api_tokens_token_hash": {"id": 901},
    "uq_adoption_stages_adoption_id_stage": {"id": 901},
    "uq_follow_ups_adoption_id_month": {"id": 901},
    "uq_recalls_entry_id_adoption_id": {"id": 901},
    "uq_recall_messages_revision_id_action": {"id": 901},
    "uq_saved_searches_user_id_query": {"id": 901},
    "uq_follows_user_id_practice_id": {"id": 901},
    "uq_follow_news_user_id_entry_id": {"id": 901},
    "uq_feed_tokens_token_hash": {"user_id": ":other_user"},
}
# The same of rows that are about something else than the accepted one.
OTHERWISE: dict[str, dict[str, Any]] = {
    "uq_recalls_entry_id_user_id": {"adoption_id": None, "user_id": ":user"},
    "uq_follows_user_id_theme": {"practice_id": None, "theme": "water"},
    "uq_follows_user_id_saved_search_id": {"practice_id": None, "saved_search_id": ":search"},
}
# These need a row that is there already.
BESIDE: dict[str, dict[str, Any]] = {
    "uq_revisions_one_published": {
        "state": "published",
        "published_at": T,
        "version_id": ":version",
    },
}


def constraints() -> Iterator[tuple[str, str]]:
    """Every name of a constraint or unique index, with its table."""
    for table in Base.metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint | UniqueConstraint):
                yield str(constraint.name), table.name
        for index in table.indexes:
            if index.unique:
                yield str(index.name), table.name


TABLE_OF = dict(constraints())
FOREIGN_KEYS = sorted(
    (table.name, str(constraint.name), constraint.column_keys[0])
    for table in Base.metadata.sorted_tables
    for constraint in table.constraints
    if isinstance(constraint, ForeignKeyConstraint)
)


def test_every_constraint_has_its_attempt():
    assert set(BREAKS) | set(TWICE) | set(OTHERWISE) | set(BESIDE) == set(TABLE_OF)
    assert set(ROWS) == set(Base.metadata.tables)


def test_every_constraint_of_the_models_is_in_the_migrated_database(site):
    found = inspect(site.engine)
    there = {
        name
        for table in Base.metadata.tables
        for reflected in (
            found.get_check_constraints(table),
            found.get_unique_constraints(table),
            found.get_indexes(table),
            found.get_foreign_keys(table),
            [found.get_pk_constraint(table)],
        )
        for name in (each["name"] for each in reflected)
    }
    wanted = {str(c.name) for t in Base.metadata.tables.values() for c in t.constraints}
    wanted |= {str(index.name) for t in Base.metadata.tables.values() for index in t.indexes}
    assert wanted - there == set()
    unnamed = [
        c
        for t in Base.metadata.tables.values()
        for c in t.constraints
        if not isinstance(c, PrimaryKeyConstraint) and not c.name
    ]
    assert unnamed == []


@pytest.fixture(scope="module")
def ids(site: Runtime) -> dict[str, int]:
    with site.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED)
        found = {
            ":practice": revision.practice_id,
            ":revision": revision.id,
            ":version": revision.version_id,
            ":user": people["author"].user_id,
            ":other_user": people["editor"].user_id,
        }
        found |= _adoption(work, revision, people["author"].user_id)
    return found | {":entry": 1}


def _adoption(work: UnitOfWork, revision: Revision, user_id: int) -> dict[str, int]:
    """An adoption that is there, with what a row may point to."""
    now = work.clock.now()
    here, there = (
        Organisation(name=name, type=OrganisationType.MUNICIPALITY, country="ML")
        for name in ("Here", "There")
    )
    search = SavedSearch(
        user_id=user_id, name="x", query="q=mil", locale=Locale.FR, created_at=now
    )
    work.session.add_all([here, there, search])
    work.session.flush()
    adoption = Adoption(
        practice_id=revision.practice_id,
        revision_id=revision.id,
        organisation_id=here.id,
        shown=Shown.AGGREGATE,
        stage=Stage.INTENT,
        stage_on=now.date(),
        women_led=Led.UNKNOWN,
        youth_led=Led.UNKNOWN,
        recorded_by_id=user_id,
        recorded_at=now,
    )
    work.session.add(adoption)
    work.session.flush()
    work.session.add(
        AdoptionStage(
            adoption_id=adoption.id,
            stage=Stage.INTENT,
            reached_on=now.date(),
            recorded_by_id=user_id,
            recorded_at=now,
        )
    )
    return {
        ":organisation": here.id,
        ":other_organisation": there.id,
        ":search": search.id,
        ":adoption": adoption.id,
    }


class Attempt:
    """Raw SQL in a transaction that is always rolled back."""

    def __init__(self, site: Runtime, ids: dict[str, int]) -> None:
        self.ids = ids
        self.engine = site.engine

    def insert(self, connection: Any, table: str, row: dict[str, Any]) -> None:
        values = {name: self.ids.get(str(v), v) for name, v in row.items()}
        columns = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our names
        connection.execute(text(statement), values)

    def insert_all(self, table: str, *rows: dict[str, Any]) -> None:
        with self.engine.connect() as connection:
            if table == "audit_head":
                connection.execute(text("DELETE FROM audit_head"))
            for row in rows:
                self.insert(connection, table, row)
            connection.rollback()


@pytest.fixture
def attempt(site: Runtime, ids: dict[str, int]) -> Attempt:
    return Attempt(site, ids)


def named(error: IntegrityError, name: str, table: str) -> bool:
    """Whether the refusal is this constraint's: SQLite names the columns of a unique one."""
    if name in str(error.orig):
        return True
    for constraint in Base.metadata.tables[table].constraints:
        if constraint.name == name:
            columns = constraint.columns
            break
    else:
        (index,) = (i for i in Base.metadata.tables[table].indexes if i.name == name)
        columns = index.columns
    wanted = ", ".join(f"{table}.{column.name}" for column in columns)
    return str(error.orig) == f"UNIQUE constraint failed: {wanted}"


@pytest.mark.parametrize("table", ROWS)
def test_the_row_itself_is_accepted(attempt, table):
    attempt.insert_all(table, ROWS[table])


@pytest.mark.parametrize("name", BREAKS)
def test_a_check_refuses(attempt, name):
    table = TABLE_OF[name]
    with pytest.raises(IntegrityError) as refusal:
        attempt.insert_all(table, ROWS[table] | BREAKS[name])
    assert named(refusal.value, name, table), refusal.value.orig


@pytest.mark.parametrize("name", TWICE)
def test_a_unique_constraint_refuses(attempt, name):
    table = TABLE_OF[name]
    with pytest.raises(IntegrityError) as refusal:
        attempt.insert_all(table, ROWS[table], ROWS[table] | TWICE[name])
    assert named(refusal.value, name, table), refusal.value.orig


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_unique_constraint_refuses_what_is_about_the_same(attempt, name):
    table = TABLE_OF[name]
    row = ROWS[table] | OTHERWISE[name]
    with pytest.raises(IntegrityError) as refusal:
        attempt.insert_all(table, row, row | {"id": 901})
    assert named(refusal.value, name, table), refusal.value.orig


@pytest.mark.parametrize("name", BESIDE)
def test_a_unique_index_refuses_beside_what_is_there(attempt, name):
    table = TABLE_OF[name]
    with pytest.raises(IntegrityError) as refusal:
        attempt.insert_all(table, ROWS[table] | BESIDE[name])
    assert named(refusal.value, name, table), refusal.value.orig


def test_partial_indexes_are_partial(attempt):
    ended = ROWS["assignments"] | {"ended_at": T}
    attempt.insert_all(
        "assignments", ended, ended | {"id": 901}, ROWS["assignments"] | {"id": 902}
    )
    archived = ROWS["revisions"] | {
        "state": "archived",
        "published_at": T,
        "version_id": ":version",
    }
    attempt.insert_all("revisions", archived, archived | {"id": 901, "number": 3})


# What a row must not have beside such a pointer.
INSTEAD: dict[tuple[str, str], dict[str, Any]] = {
    ("recalls", "user_id"): {"adoption_id": None},
    ("follows", "saved_search_id"): {"practice_id": None},
}


@pytest.mark.parametrize(("table", "name", "column"), FOREIGN_KEYS)
def test_a_foreign_key_refuses_what_points_nowhere(attempt, table, name, column):
    with pytest.raises(IntegrityError) as refusal:
        attempt.insert_all(
            table, ROWS[table] | INSTEAD.get((table, column), {}) | {column: NOBODY}
        )
    told = str(refusal.value.orig)
    assert name in told or told == "FOREIGN KEY constraint failed"


CHANGES = [
    ("audit_entries", "UPDATE audit_entries SET type = type"),
    ("audit_entries", "UPDATE audit_entries SET id = id + 1000"),
    ("audit_entries", "DELETE FROM audit_entries WHERE id = 1"),
    ("versions", "UPDATE versions SET content_hash = content_hash"),
    ("versions", "DELETE FROM versions"),
    ("adoption_stages", "UPDATE adoption_stages SET reached_on = reached_on"),
    ("adoption_stages", "DELETE FROM adoption_stages"),
]


@pytest.mark.parametrize(("table", "change"), CHANGES)
def test_what_is_append_only_is_neither_changed_nor_deleted(site, ids, table, change):
    with site.engine.connect() as connection:
        with pytest.raises(IntegrityError) as refusal:
            connection.execute(text(change))
        connection.rollback()
    assert f"rows of {table} are never changed or deleted" in str(refusal.value.orig)


def test_a_refusal_of_the_database_is_a_conflict_and_nothing_is_kept(site):
    with site.begin() as work:
        work.session.add(GlossaryRow(code="peace-hut", content={}, digest=""))
    before = snapshot(site)

    def act():
        with site.begin() as work:
            work.session.add(SiteFact(name="kept", value="no"))
            work.emit(Event("vocabularies.replaced"))
            work.session.add(GlossaryRow(code="peace-hut", content={}, digest=""))

    with pytest.raises(Conflict) as refusal:
        act()
    assert str(refusal.value) == "Somebody else changed this at the same time."
    assert snapshot(site) == before
