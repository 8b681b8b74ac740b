"""Accounts as their managers see them: inviting, granting, shutting, answering requests."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kb.accounts import links, profile, sessions
from kb.accounts.access_requests import NewRequest, ask_for_access
from kb.accounts.directory import find_account, open_requests
from kb.accounts.models import (
    AccessRequest,
    LinkPurpose,
    OneTimeLink,
    Organisation,
    RoleGrant,
    User,
    UserSession,
)
from kb.accounts.organisations import add_organisation
from kb.accounts.permissions import OPERATOR, Actor, Role
from kb.accounts.profile import Profile, change_profile
from kb.accounts.service import (
    NewAccount,
    decide_request,
    disable,
    enable,
    grant_role,
    invite,
    new_link,
    reset_password,
    revoke_role,
)
from kb.accounts.throttle import Caller
from kb.accounts.upkeep import forget_old
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.core.language import Locale
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.runtime import Runtime
from tests.make import PASSWORD, QUICK, make_account, make_user

CALLER = Caller("secret", "192.0.2.1")
GOOD = "griot cauri tamarinier huit"


def roles_of(runtime: Runtime, user_id: int) -> set[Role]:
    with runtime.reading() as session:
        query = select(RoleGrant.role).where(RoleGrant.user_id == user_id)
        return set(session.scalars(query))


def events(runtime: Runtime) -> list[tuple[str, dict[str, object]]]:
    with runtime.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(entry.type, entry.data) for entry in entries]


def newcomer(email: str = "awa@example.org", *roles: Role) -> NewAccount:
    return NewAccount(email, "Awa  Traoré", Locale.FR, frozenset(roles or {Role.MEMBER}))


def test_an_invitation_becomes_an_account_that_works(fresh_runtime: Runtime):
    with fresh_runtime.begin() as work:
        user, token = invite(work, OPERATOR, newcomer(" Awa@Example.ORG ", Role.EDITOR))
        user_id = user.id
        assert (user.email, user.name, user.password_hash) == (
            "awa@example.org",
            "Awa Traoré",
            None,
        )
    with fresh_runtime.begin() as work:
        assert links.use_link(work, QUICK, token, GOOD, GOOD) == user_id
    with fresh_runtime.reading() as session:
        kept = session.get_one(User, user_id).password_hash
        hashes = list(session.scalars(select(OneTimeLink.token_hash)))
    assert QUICK.verify(kept, GOOD)
    assert token not in hashes
    assert events(fresh_runtime) == [
        ("account.invited", {"user_id": user_id}),
        ("account.activated", {"user_id": user_id}),
    ]
    with fresh_runtime.begin() as work:
        assert links.use_link(work, QUICK, token, GOOD, GOOD) is None


@pytest.mark.parametrize(
    ("purpose", "lives", "dies"),
    [
        (LinkPurpose.INVITATION, timedelta(days=6, hours=23), timedelta(hours=2)),
        (LinkPurpose.PASSWORD_RESET, timedelta(minutes=59), timedelta(minutes=2)),
    ],
)
def test_a_link_lives_its_time_and_no_longer(fresh_runtime: Runtime, clock, purpose, lives, dies):
    with fresh_runtime.begin() as work:
        token = new_link(work, make_account(work, Role.MEMBER).id, purpose)
    clock.advance(seconds=lives.total_seconds())
    with fresh_runtime.reading() as session:
        assert links.find_link(session, token, clock.now()) is not None
    clock.advance(seconds=dies.total_seconds())
    with fresh_runtime.begin() as work:
        assert links.find_link(work.session, token, clock.now()) is None
        assert links.use_link(work, QUICK, token, GOOD, GOOD) is None
        assert forget_old(work) == 1


def test_using_one_link_uses_up_all_and_ends_every_session(fresh_runtime: Runtime, clock):
    with fresh_runtime.begin() as work:
        user, other = make_account(work, Role.MEMBER), make_account(work, Role.MEMBER)
        tokens = [new_link(work, user.id, LinkPurpose.PASSWORD_RESET) for _ in range(2)]
        others = new_link(work, other.id, LinkPurpose.PASSWORD_RESET)
        mine, theirs = (sessions.start(work, each.id, "") for each in (user, other))
    with fresh_runtime.begin() as work:
        links.use_link(work, QUICK, tokens[0], GOOD, GOOD)
    with fresh_runtime.reading() as session:
        assert links.find_link(session, tokens[1], clock.now()) is None
        assert links.find_link(session, others, clock.now()) is not None
        assert sessions.find(session, mine, clock.now()) is None
        assert sessions.find(session, theirs, clock.now()) is not None


@pytest.mark.parametrize(
    ("password", "repeated", "fields"),
    [
        ("kort", "kort", {"password"}),
        ("motdepasse2026", "motdepasse2026", {"password"}),
        ("Awa Traoré awa", "Awa Traoré awa", {"password"}),
        ("x" * 201, "x" * 201, {"password"}),
        (GOOD, GOOD + "!", {"repeated"}),
        ("", "", {"password"}),
    ],
)
def test_a_password_that_may_not_be_one_leaves_the_link_usable(
    sqlite_runtime: Runtime, clock, password, repeated, fields
):
    with sqlite_runtime.begin() as work:
        _, token = invite(work, OPERATOR, newcomer())
    with pytest.raises(Invalid) as refused, sqlite_runtime.begin() as work:
        links.use_link(work, QUICK, token, password, repeated)
    assert set(refused.value.problems) == fields
    with sqlite_runtime.reading() as session:
        assert links.find_link(session, token, clock.now()) is not None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"email": "a@example.org\nBcc: all@example.org"}, "email"),
        ({"email": "é@example.org"}, "email"),
        ({"email": "x" * 65 + "@example.org"}, "email"),
        ({"email": "a@" + "b" * 63 + "." + "c" * 250 + ".org"}, "email"),
        ({"name": " \u200b\x00\n "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"roles": frozenset()}, "roles"),
        ({"country": "Mali"}, "country"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(sqlite_runtime: Runtime, changes, field):
    given = {
        "email": "a@example.org",
        "name": "A",
        "locale": Locale.FR,
        "roles": frozenset({Role.MEMBER}),
        **changes,
    }
    with pytest.raises(Invalid) as refused, sqlite_runtime.begin() as work:
        invite(work, OPERATOR, NewAccount(**given))
    assert set(refused.value.problems) == {field}
    with sqlite_runtime.reading() as session:
        assert session.scalar(select(func.count(User.id))) == 0


def test_an_address_has_one_account(sqlite_runtime: Runtime):
    with sqlite_runtime.begin() as work:
        invite(work, OPERATOR, newcomer())
    with pytest.raises(Conflict), sqlite_runtime.begin() as work:
        invite(work, OPERATOR, newcomer("AWA@example.org"))


GIVEN_BY_EDITORS = {Role.MEMBER, Role.CONTRIBUTOR, Role.TRAINER}


@pytest.mark.parametrize("role", sorted(Role))
@pytest.mark.parametrize("giver", [*sorted(Role), "operator", "stranger"])
def test_who_gives_and_takes_which_role(sqlite_runtime: Runtime, giver, role):
    gives = giver in {"operator", Role.ADMIN} or (
        giver is Role.EDITOR and role in GIVEN_BY_EDITORS
    )
    takes = giver in {"operator", Role.ADMIN}
    with sqlite_runtime.begin() as work:
        make_account(work, Role.ADMIN)  # one who stays
        actor = {"operator": OPERATOR, "stranger": Actor()}.get(giver) or make_user(work, giver)
        without, holder = make_user(work), make_account(work, role)
        holder_id = holder.id
    for allowed, change, user_id in (
        (gives, grant_role, without.user_id),
        (takes, revoke_role, holder_id),
    ):
        before = roles_of(sqlite_runtime, user_id)
        try:
            with sqlite_runtime.begin() as work:
                change(work, actor, user_id, role)
            refused = False
        except Forbidden:
            refused = True
        assert refused is not allowed
        after = roles_of(sqlite_runtime, user_id)
        assert after == (before ^ {role} if allowed else before)


@pytest.mark.parametrize("change", [disable, enable, reset_password])
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_only_admins_shut_open_and_reset(sqlite_runtime: Runtime, change, role):
    with sqlite_runtime.begin() as work:
        actor, target = make_user(work, role), make_account(work, Role.MEMBER).id
    with pytest.raises(Forbidden), sqlite_runtime.begin() as work:
        change(work, actor, target)
    with pytest.raises(NotFound), sqlite_runtime.begin() as work:
        change(work, OPERATOR, target + 1000)


def test_the_last_admin_stays(fresh_runtime: Runtime):
    with fresh_runtime.begin() as work:
        last = make_account(work, Role.ADMIN).id
        make_user(work, Role.ADMIN)  # never accepted the invitation
        make_account(work, Role.EDITOR)
        gone = make_account(work, Role.ADMIN)
        gone.disabled_at = work.clock.now()
    for change in (
        lambda work: revoke_role(work, OPERATOR, last, Role.ADMIN),
        lambda work: disable(work, OPERATOR, last),
    ):
        with pytest.raises(Conflict), fresh_runtime.begin() as work:
            change(work)
    assert roles_of(fresh_runtime, last) == {Role.ADMIN}
    with fresh_runtime.begin() as work:
        make_account(work, Role.ADMIN)
    with fresh_runtime.begin() as work:
        revoke_role(work, OPERATOR, last, Role.ADMIN)
    assert roles_of(fresh_runtime, last) == set()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_nobody_gives_a_role_to_themselves(sqlite_runtime: Runtime, role):
    """Administrators read no restricted text, and cannot let themselves in."""
    with sqlite_runtime.begin() as work:
        admin = make_account(work, Role.ADMIN)
        actor, other = admin.as_actor(), make_account(work).id
    with pytest.raises(Conflict), sqlite_runtime.begin() as work:
        grant_role(work, actor, actor.user_id, role)
    assert roles_of(sqlite_runtime, actor.user_id) == {Role.ADMIN}
    with sqlite_runtime.begin() as work:
        grant_role(work, actor, other, role)
        grant_role(work, OPERATOR, actor.user_id, role)
    assert roles_of(sqlite_runtime, other) == {role}
    assert roles_of(sqlite_runtime, actor.user_id) == {Role.ADMIN, role}


def test_nobody_takes_the_administration_from_themselves(sqlite_runtime: Runtime):
    with sqlite_runtime.begin() as work:
        make_account(work, Role.ADMIN)
        me = make_account(work, Role.ADMIN).as_actor()
    for change in (
        lambda work: revoke_role(work, me, me.user_id, Role.ADMIN),
        lambda work: disable(work, me, me.user_id),
    ):
        with pytest.raises(Conflict), sqlite_runtime.begin() as work:
            change(work)


def test_shutting_ends_sessions_and_links_at_once(fresh_runtime: Runtime, clock):
    with fresh_runtime.begin() as work:
        user = make_account(work, Role.MEMBER)
        user_id, token = user.id, sessions.start(work, user.id, "")
        link = new_link(work, user.id, LinkPurpose.PASSWORD_RESET)
    with fresh_runtime.begin() as work:
        disable(work, OPERATOR, user_id)
    with fresh_runtime.begin() as work:
        enable(work, OPERATOR, user_id)
    with fresh_runtime.reading() as session:
        assert sessions.find(session, token, clock.now()) is None
        assert links.find_link(session, link, clock.now()) is None
    assert [kind for kind, _ in events(fresh_runtime)] == ["account.disabled", "account.enabled"]


def test_a_reset_makes_the_old_password_void(sqlite_runtime: Runtime, clock):
    with sqlite_runtime.begin() as work:
        user = make_account(work, Role.MEMBER)
        user_id, token = user.id, sessions.start(work, user.id, "")
    with sqlite_runtime.begin() as work:
        link = reset_password(work, OPERATOR, user_id)
    with sqlite_runtime.reading() as session:
        assert session.get_one(User, user_id).password_hash is None
        assert sessions.find(session, token, clock.now()) is None
        assert links.find_link(session, link, clock.now()) is not None


def request_of(email: str = "awa@example.org", **changes: str) -> NewRequest:
    given = {
        "email": email,
        "name": "Awa",
        "organisation": "Université de Gao",
        "country": "ML",
        "purpose": "Écrire.",
        "locale": "fr",
        **changes,
    }
    return NewRequest(**given)


def test_a_request_is_granted_once(fresh_runtime: Runtime, clock):
    with fresh_runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
        assert ask_for_access(work, CALLER, request_of())
    with fresh_runtime.begin() as work:
        assert ask_for_access(work, CALLER, request_of("AWA@example.org", name="Another"))
    with fresh_runtime.reading() as session:
        (waiting,) = open_requests(session)
        assert (waiting.email, waiting.name) == ("awa@example.org", "Awa")
    with pytest.raises(Forbidden), fresh_runtime.begin() as work:
        decide_request(work, editor, waiting.id, {Role.REVIEWER})
    with fresh_runtime.begin() as work:
        token = decide_request(work, editor, waiting.id, {Role.CONTRIBUTOR})
    with fresh_runtime.reading() as session:
        link = links.find_link(session, token or "", clock.now())
        assert link is not None
        user = session.get_one(User, link.user_id)
        assert (user.email, user.name, user.country) == ("awa@example.org", "Awa", "ML")
    assert roles_of(fresh_runtime, user.id) == {Role.CONTRIBUTOR}
    with pytest.raises(Conflict), fresh_runtime.begin() as work:
        decide_request(work, editor, waiting.id, None)
    kinds = [kind for kind, _ in events(fresh_runtime)]
    assert kinds == ["account.access_requested", "account.access_granted", "account.invited"]


def test_a_refused_request_makes_no_account_and_is_forgotten(fresh_runtime: Runtime, clock):
    with fresh_runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
        ask_for_access(work, CALLER, request_of())
    with fresh_runtime.begin() as work:
        (waiting,) = open_requests(work.session)
        assert decide_request(work, editor, waiting.id, None) is None
    clock.advance(days=89)
    with fresh_runtime.begin() as work:
        forget_old(work)
        assert work.session.scalar(select(func.count(AccessRequest.id))) == 1
        assert work.session.scalar(select(func.count(User.id))) == 1
    clock.advance(days=2)
    with fresh_runtime.begin() as work:
        forget_old(work)
        assert work.session.scalar(select(func.count(AccessRequest.id))) == 0


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.EDITOR, Role.ADMIN}))
def test_others_do_not_decide(sqlite_runtime: Runtime, role):
    with sqlite_runtime.begin() as work:
        actor = make_user(work, role)
        ask_for_access(work, CALLER, request_of())
    with pytest.raises(Forbidden), sqlite_runtime.begin() as work:
        decide_request(work, actor, 1, {Role.MEMBER})


def test_granting_to_somebody_who_has_an_account_by_now(sqlite_runtime: Runtime):
    with sqlite_runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
        user_id = make_account(work, Role.MEMBER, email="awa@example.org").id
        ask_for_access(work, CALLER, request_of())
    with sqlite_runtime.begin() as work:
        (waiting,) = open_requests(work.session)
        assert decide_request(work, editor, waiting.id, {Role.TRAINER}) is None
    assert roles_of(sqlite_runtime, user_id) == {Role.MEMBER, Role.TRAINER}


def profile_of(**changes: str) -> Profile:
    empty = dict.fromkeys(Profile.__dataclass_fields__, "")
    return Profile(**{**empty, "name": "Awa", "locale": "en", **changes})


def test_the_profile_takes_an_organisation_of_the_list_or_a_new_one(fresh_runtime: Runtime):
    new = {
        "organisation": "new",
        "new_organisation": "  <b>École</b>\u202e de paix ",
        "organisation_type": "training-institution",
        "organisation_country": "ML",
    }
    with fresh_runtime.begin() as work:
        mine, other = make_account(work).id, make_account(work).id
    for user_id in (mine, other):
        with fresh_runtime.begin() as work:
            change_profile(work, user_id, profile_of(**new, country="NE"))
    with fresh_runtime.begin() as work:
        (made,) = work.session.scalars(select(Organisation))
        assert made.name == "<b>École</b> de paix"
        user = find_account(work.session, mine)
        assert (user.organisation_id, user.country, user.locale) == (made.id, "NE", Locale.EN)
        change_profile(work, mine, profile_of(organisation=str(made.id)))
        assert user.country is None
        change_profile(work, mine, profile_of())
        assert user.organisation_id is None


def test_the_audit_trail_tells_who_joined_which_organisation(sqlite_runtime: Runtime):
    """They say it themselves, and see its register from then on."""
    with sqlite_runtime.begin() as work:
        user_id = make_account(work).id
        one, other = (add_organisation(work, name, "police", "ML").id for name in ("One", "Other"))
    for organisation in (one, one, other, ""):
        with sqlite_runtime.begin() as work:
            change_profile(work, user_id, profile_of(organisation=str(organisation)))
    with sqlite_runtime.reading() as session:
        query = select(AuditEntry.data).where(AuditEntry.type == EventType.ACCOUNT_CHANGED)
        assert session.scalars(query.order_by(AuditEntry.id)).all() == [
            {"user_id": user_id, "left": None, "joined": one},
            {"user_id": user_id},
            {"user_id": user_id, "left": one, "joined": other},
            {"user_id": user_id, "left": other, "joined": None},
        ]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"locale": "de"}, {"locale"}),
        ({"country": "?"}, {"country"}),
        ({"organisation": "99"}, {"organisation"}),
        ({"organisation": "9" * 30}, {"organisation"}),
        ({"organisation": "x"}, {"organisation"}),
        (
            {"organisation": "new", "organisation_country": "?"},
            {"new_organisation", "organisation_type", "organisation_country"},
        ),
    ],
)
def test_a_profile_that_cannot_be_kept_changes_nothing(sqlite_runtime: Runtime, changes, fields):
    with sqlite_runtime.begin() as work:
        user_id = make_account(work, name="Before").id
    with pytest.raises(Invalid) as refused, sqlite_runtime.begin() as work:
        change_profile(work, user_id, profile_of(**changes))
    assert set(refused.value.problems) == fields
    with sqlite_runtime.reading() as session:
        assert session.get_one(User, user_id).name == "Before"


def test_ending_sessions_touches_only_ones_own(fresh_runtime: Runtime, clock):
    with fresh_runtime.begin() as work:
        me, other = make_account(work).id, make_account(work).id
        mine = [sessions.start(work, me, "") for _ in range(3)]
        theirs = sessions.start(work, other, "")
    with fresh_runtime.begin() as work:
        of_other = sessions.find(work.session, theirs, clock.now())
        kept = sessions.find(work.session, mine[0], clock.now())
        assert of_other is not None
        assert kept is not None
        profile.end_sessions(work, me, of_other.session_id)
        profile.end_sessions(work, me, None, but=kept.session_id)
    with fresh_runtime.reading() as session:
        alive = [sessions.find(session, t, clock.now()) is not None for t in (*mine, theirs)]
        assert alive == [True, False, False, True]
        assert session.scalar(select(func.count(UserSession.id))) == 4


def test_the_password_of_tests_is_a_good_one(sqlite_runtime: Runtime):
    with sqlite_runtime.begin() as work:
        links.check_new(make_account(work), PASSWORD, PASSWORD)
