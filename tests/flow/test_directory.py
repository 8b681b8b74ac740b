"""Looking accounts and entries up answers alike on both databases."""

import pytest

from kb.accounts.administration import save_organisation
from kb.accounts.directory import account_numbers, find_accounts, last_sign_ins
from kb.accounts.permissions import OPERATOR, Role
from kb.accounts.service import grant_role
from kb.accounts.sessions import start
from kb.core.errors import Conflict
from kb.core.paging import Paging
from kb.events.queries import Chosen, examine_chain, find_entries
from kb.operations.state import revisions_by_state, site_state
from kb.practices.lifecycle import State
from tests.make import make_account, make_revision, make_user, make_vocabularies


def test_accounts_by_words_and_role(fresh_runtime):
    with fresh_runtime.begin() as work:
        named = make_account(work, Role.TRAINER, name="Aïssata 100%").id
        make_user(work, Role.MEMBER, name="Bintou")
        start(work, named, "a browser")
    with fresh_runtime.reading() as session:

        def found(words, role=None):
            accounts, total = find_accounts(session, words, role, Paging())
            assert total == len(accounts)
            return [account.name for account in accounts]

        assert found("") == ["Aïssata 100%", "Bintou"]
        assert found("aïssata") == found("%") == found("", Role.TRAINER) == ["Aïssata 100%"]
        assert found("bintou", Role.TRAINER) == found("_") == []
        assert last_sign_ins(session, [named]) == {named: fresh_runtime.clock.now()}
        numbers = account_numbers(session)
        assert (numbers.active, numbers.invited, numbers.disabled) == (1, 1, 0)


def test_entries_by_kind_practice_and_person(fresh_runtime):
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        revision, people = make_revision(work, State.SUBMITTED)
        practice_id = revision.practice_id
        concerned = make_user(work).user_id
        grant_role(work, OPERATOR, concerned, Role.MEMBER)
    with fresh_runtime.reading() as session:

        def kinds(**chosen):
            entries, total = find_entries(session, Chosen(**chosen), Paging())
            assert total == len(entries)
            return [entry.type for entry in entries]

        assert kinds(user_id=concerned) == ["account.role_granted"]
        both = ["practice.submit", "practice.created"]
        assert kinds(practice_id=practice_id) == kinds(user_id=people["author"].user_id) == both
        assert kinds(practice_id=practice_id, user_id=concerned) == []
        chain = examine_chain(session)
        assert (chain.entries, chain.broken) == (len(kinds()), None)
        assert revisions_by_state(session) == {State.SUBMITTED: 1}
    state = site_state(fresh_runtime)
    assert state.queues[-1].name == "mail"
    assert state.housekeeping_until is None


def test_one_organisation_of_a_name_in_a_country(fresh_runtime):
    with fresh_runtime.begin() as work:
        number = save_organisation(work, OPERATOR, None, ("École", "police", "ML"))
        save_organisation(work, OPERATOR, number, ("École", "military", "ML"))
        save_organisation(work, OPERATOR, None, ("École", "police", "NE"))
    with pytest.raises(Conflict), fresh_runtime.begin() as work:
        save_organisation(work, OPERATOR, None, ("École", "police", "ML"))
