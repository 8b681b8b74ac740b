"""The register of a demonstration: invented, marked, the same each time, and never elsewhere."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from kb.accounts.models import Organisation, User
from kb.adoption.models import Adoption, FollowUp, Recall
from kb.adoption.stages import Stage
from kb.core.errors import Conflict
from kb.notifications.models import Mail, Notification
from kb.operations.demo_accounts import make_demo_accounts
from kb.operations.demo_adoptions import ADOPTIONS, ORGANISATIONS, make_demo_adoptions
from kb.operations.installation import DEMO
from kb.operations.models import SiteFact
from tests.database import snapshot


@pytest.fixture
def demo(content_runtime):
    with content_runtime.begin() as work:
        work.session.add(SiteFact(name=DEMO, value="yes"))
    make_demo_accounts(content_runtime, lambda _message: None)
    return content_runtime


def test_it_is_worth_looking_at_and_marked_as_invented(demo):
    make_demo_adoptions(demo)
    with demo.reading() as session:
        rows = session.scalars(select(Adoption)).all()
        assert len(rows) == ADOPTIONS
        assert all(row.is_demo for row in rows)
        assert {row.stage for row in rows} == set(Stage)
        assert {row.organisation.country for row in rows} == {"ML", "NE", "BF"}
        assert len({row.organisation.type for row in rows}) == 7
        assert len({row.practice_id for row in rows}) > 20
        names = session.scalars(select(Organisation.name)).all()
        assert sorted(names) == sorted(
            f"Unité de démonstration {number + 1}" for number in range(ORGANISATIONS)
        )
        today = demo.clock.now().date()
        due = session.scalars(select(FollowUp).where(FollowUp.due_on <= today)).all()
        done = [each for each in due if each.done_on is not None]
        assert 0 < len(done) < len(due)
        assert 0 < Counter(row.verified_at is None for row in rows)[True] < ADOPTIONS
        read = [each.acknowledged_at for each in session.scalars(select(Recall))]
        assert None in read
        assert any(read)
        # Nobody who is invented can sign in, and none of it is told to anybody.
        unit = select(User).where(User.email.startswith("unit-"))
        assert all(user.password_hash is None for user in session.scalars(unit))
        assert session.scalar(select(func.count()).select_from(Mail)) == 0
        about = {row.recorded_by_id for row in rows}
        assert set(session.scalars(select(Notification.user_id))) & about == set()


def test_it_is_made_once_and_in_a_demonstration_only(demo):
    make_demo_adoptions(demo)
    before = snapshot(demo)
    make_demo_adoptions(demo)
    assert snapshot(demo) == before


def test_a_real_house_gets_none(content_runtime):
    before = snapshot(content_runtime)
    with pytest.raises(Conflict):
        make_demo_adoptions(content_runtime)
    assert snapshot(content_runtime) == before
