"""Who reads what once it is published: the whole table of readers and visibilities."""

import itertools

import pytest

from kb.accounts.permissions import Actor, Role
from kb.core.errors import NotFound
from kb.practices.content import Visibility
from kb.practices.lifecycle import State
from kb.practices.models import PracticeReader, Revision, RevisionAuthor
from kb.practices.queries import public_view, public_views, restricted_views
from kb.practices.readers import MEMBER, VISITOR, Reader, reader_of
from kb.runtime import Runtime
from tests.make import PATHS, make_content, make_next, make_revision, make_user

FOR_ALL, FOR_MEMBERS, EVERYTHING = {"public"}, {"public", "members"}, set(Visibility)
ROLE_READS = {
    **dict.fromkeys(Role, FOR_MEMBERS),
    Role.EDITOR: EVERYTHING,
    Role.SAFEGUARD: EVERYTHING,
}


@pytest.fixture(scope="module")
def slugs(site: Runtime) -> dict[str, str]:
    """One published practice for each visibility, none of them by the readers below."""
    found = {}
    with site.begin() as work:
        for visibility in Visibility:
            content = make_content(visibility=visibility)
            make_revision(work, State.PUBLISHED, content)
            found[visibility.value] = content["slug"]
    return found


def read(site: Runtime, slugs: dict[str, str], reader: Reader) -> set[str]:
    """The visibilities whose practice this reader gets."""
    with site.reading() as session:
        views = public_views(session, slugs.values(), reader)
        for slug in slugs.values():
            if slug in views:
                assert public_view(session, slug, reader) == views[slug]
                continue
            with pytest.raises(NotFound) as refusal:
                public_view(session, slug, reader)
            with pytest.raises(NotFound) as never:
                public_view(session, "never-existed", reader)
            assert type(refusal.value) is type(never.value)
            assert str(refusal.value) == str(never.value)
    return {view.visibility.value for view in views.values()}


def test_a_visitor_reads_what_is_public(site, slugs):
    assert read(site, slugs, VISITOR) == read(site, slugs, reader_of(Actor())) == FOR_ALL


@pytest.mark.parametrize("role", Role)
def test_what_each_role_reads(site, slugs, role):
    with site.begin() as work:
        actor = make_user(work, role)
    assert read(site, slugs, reader_of(actor)) == ROLE_READS[role]


def test_several_roles_read_what_any_of_them_does(site, slugs):
    with site.begin() as work:
        for roles in itertools.combinations(Role, 2):
            actor = make_user(work, *roles)
            expected = ROLE_READS[roles[0]] | ROLE_READS[roles[1]]
            assert read(site, slugs, reader_of(actor)) == expected, roles


def test_an_account_without_any_role_reads_as_a_visitor(site, slugs):
    with site.begin() as work:
        actor = make_user(work)
    assert reader_of(actor) == VISITOR
    assert read(site, slugs, reader_of(actor)) == FOR_ALL


@pytest.fixture
def restricted(site):
    """A restricted practice, another one as noise, and the people of the first."""
    with site.begin() as work:
        make_revision(work, State.PUBLISHED, make_content(visibility="restricted"))
        content = make_content(visibility="restricted")
        revision, people = make_revision(work, State.PUBLISHED, content)
        return content["slug"], revision.id, revision.practice_id, people


def readable(site, actor):
    with site.reading() as session:
        return {view.slug for view in restricted_views(session, reader_of(actor))}


def test_owner_author_and_named_reader_read_this_restricted_practice_and_no_other(
    site, restricted
):
    slug, revision_id, practice_id, people = restricted
    with site.begin() as work:
        named, author, nobody = (make_user(work, Role.MEMBER) for _ in range(3))
        work.session.add(RevisionAuthor(revision_id=revision_id, user_id=author.user_id))
        work.session.add(
            PracticeReader(
                practice_id=practice_id,
                user_id=named.user_id,
                granted_by_id=people["editor"].user_id,
                granted_at=work.clock.now(),
            )
        )
    for actor in (people["author"], author, named):
        assert readable(site, actor) == {slug}
    for actor in (nobody, people["reviewer"], Actor(named.user_id)):
        assert readable(site, actor) == set()
    assert slug in readable(site, people["editor"]) & readable(site, people["safeguard"])
    with site.reading() as session:
        assert restricted_views(session, MEMBER) == restricted_views(session, VISITOR) == ()


def test_who_wrote_an_earlier_text_alone_does_not_read_the_present_one(site, restricted):
    slug, revision_id, _, people = restricted
    with site.begin() as work:
        before = make_user(work, Role.CONTRIBUTOR)
        work.session.add(RevisionAuthor(revision_id=revision_id, user_id=before.user_id))
    assert readable(site, before) == {slug}
    with site.begin() as work:
        revision = work.session.get_one(Revision, revision_id)
        make_next(work, people, revision, State.PUBLISHED)
    assert readable(site, before) == set()
    assert readable(site, people["author"]) == {slug}


@pytest.mark.matrix
@pytest.mark.parametrize("state", [s for s in PATHS if s is not State.PUBLISHED])
def test_nobody_reads_here_what_is_not_published(site, state):
    """The desk has its own pages for that."""
    with site.begin() as work:
        revision, people = make_revision(work, state)
        slug = revision.practice.slug
    with site.reading() as session:
        for actor in people.values():
            with pytest.raises(NotFound):
                public_view(session, slug, reader_of(actor))


def test_members_get_places_as_coarse_as_decided(site):
    content = make_content(visibility="members", location_precision="country")
    with site.begin() as work:
        make_revision(work, State.PUBLISHED, content)
        editor = make_user(work, Role.EDITOR)
    with site.reading() as session:
        for reader in (MEMBER, reader_of(editor)):
            view = public_view(session, content["slug"], reader)
            assert (view.regions, view.texts["fr"].places) == ((), ())
