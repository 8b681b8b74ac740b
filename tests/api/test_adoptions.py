"""Recording an adoption by a program: with a key, by the rules of the form, or not at all."""

import pytest
from sqlalchemy import select

from kb.accounts import links
from kb.accounts.keys import keys_of, make_key, revoke_key
from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.accounts.service import disable, enable
from kb.adoption.models import Adoption
from kb.app import create_app
from kb.core.errors import Conflict, Invalid, NotFound
from kb.practices.lifecycle import State
from tests.adopting import make_member
from tests.database import snapshot
from tests.make import QUICK, client_as, make_content, make_revision, make_user, make_vocabularies

GOOD = {"practice": "well", "stage": "trial", "reached_on": "2026-01-15", "women_involved": 8}


@pytest.fixture
def site(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
        make_revision(work, State.PUBLISHED, make_content("well"))
        make_revision(work, State.SUBMITTED, make_content("unseen"))
    return sqlite_runtime


@pytest.fixture
def member(site):
    with site.begin() as work:
        return make_member(work)


@pytest.fixture
def key(site, member):
    with site.begin() as work:
        return make_key(work, member.user_id, "our register")


def post(site, key="", client=None, **changes):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = client or create_app(site).test_client()
    return client.post("/api/v1/adoptions?lang=en", json=GOOD | changes, headers=headers)


def test_it_is_recorded_for_the_organisation_of_the_key(site, member, key):
    answer = post(site, key, adaptations="Two meetings instead of one.")
    assert answer.status_code == 201
    with site.reading() as session:
        (kept,) = session.scalars(select(Adoption))
        assert answer.json == {
            "id": kept.id,
            "practice": "well",
            "organisation": kept.organisation.name,
            "stage": "trial",
            "reached_on": "2026-01-15",
            "verified": False,
            "url": f"https://palabre.example/fr/adoptions/{kept.id}",
        }
        assert (kept.recorded_by_id, kept.women_involved) == (member.user_id, 8)
        (used,) = keys_of(session, member.user_id, site.clock.now())
        assert used.used_at == site.clock.now()


@pytest.mark.parametrize(
    ("changes", "status", "fields"),
    [
        ({"practice": "unseen"}, 404, set()),
        ({"practice": "never-there"}, 404, set()),
        ({"stage": "dreamt"}, 422, {"stage"}),
        ({"stage": "abandoned"}, 422, {"stage"}),
        ({"reached_on": "2026-03-02"}, 422, {"reached_on"}),
        ({"women_involved": -1}, 422, {"women_involved"}),
        ({"people_involved": 3}, 422, {"women_involved"}),
        ({"people_involved": 10**40}, 422, {"people_involved"}),
        ({"people_involved": "many"}, 422, {"people_involved"}),
        ({"adaptations": "Call +223 76 12 34 56."}, 422, {"adaptations"}),
        ({"region": "XX"}, 422, {"region"}),
        ({"organisation": 7}, 422, {"organisation"}),
        ({"verified": True}, 422, {"verified"}),
    ],
)
def test_bad_input_is_refused_and_nothing_is_kept(site, key, changes, status, fields):
    before = snapshot(site)
    answer = post(site, key, **changes)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert {each["field"] for each in answer.json["errors"]} == fields
    assert snapshot(site) == before


def test_without_a_good_key_nothing_is_open(site, member, key):
    with site.begin() as work:
        (number,) = (k.id for k in keys_of(work.session, member.user_id, work.clock.now()))
        other = make_member(work)
        disabled = make_member(work)
        disabled_key = make_key(work, disabled.user_id, "x")
        work.session.get_one(User, disabled.user_id).disabled_at = work.clock.now()
    app = create_app(site)
    signed_in = app.test_client()
    client_as(site, signed_in, member.user_id)
    before = snapshot(site)
    for answer in (
        post(site),
        post(site, "not-a-key"),
        post(site, "x" * 10_000),
        post(site, disabled_key),
        # A cookie opens nothing here: another page could make a browser send it.
        post(site, client=signed_in),
    ):
        assert (answer.status_code, answer.json["detail"]) == (401, "A valid key is needed.")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert snapshot(site) == before
    with pytest.raises(NotFound), site.begin() as work:
        revoke_key(work, other.user_id, number)
    with site.begin() as work:
        revoke_key(work, member.user_id, number)
    assert post(site, key).status_code == 401


def test_a_new_password_makes_the_keys_useless(site, member, key):
    """The mail about a key says: if this surprises you, choose a new password."""
    with site.begin() as work:
        other = make_member(work)
        other_key = make_key(work, other.user_id, "x")
        new = "a-much-better-one-2"
        links.change_password(work, QUICK, member.user_id, new, new)
    assert post(site, key).status_code == 401
    assert post(site, other_key).status_code == 201


def test_a_key_of_a_disabled_account_stays_useless(site, member, key):
    with site.begin() as work:
        admin = make_user(work, Role.ADMIN)
        disable(work, admin, member.user_id)
        enable(work, admin, member.user_id)
    assert post(site, key).status_code == 401


def test_a_key_lasts_a_year(site, key, clock):
    clock.advance(days=366)
    assert post(site, key).status_code == 401


def test_the_same_twice_is_a_conflict(site, key):
    assert [post(site, key).status_code for _ in range(2)] == [201, 409]


def test_only_hashes_are_kept_and_there_is_a_bound(site, member, key):
    assert key not in repr(snapshot(site))
    with pytest.raises(Invalid), site.begin() as work:
        make_key(work, member.user_id, " ")
    with site.begin() as work:
        for each in range(9):
            make_key(work, member.user_id, f"key {each}")
    with pytest.raises(Conflict), site.begin() as work:
        make_key(work, member.user_id, "one more")


def test_a_body_that_is_no_json_is_told_so(site, key):
    client = create_app(site).test_client()
    headers = {"Authorization": f"Bearer {key}"}
    for body in (b"", b"{", b"[]", b"\xff\xfe", b'"text"'):
        answer = client.post("/api/v1/adoptions", data=body, headers=headers)
        assert answer.status_code == 422
    with site.begin() as work:
        make_user(work, Role.MEMBER)
