"""What an author is told about a revision: what comes next, and who has to do it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from kb.accounts.permissions import Permission, permits
from kb.core.messages import Message, msg
from kb.practices.draft_check import Progress, completeness, findings
from kb.practices.lifecycle import EDITABLE, UNDER_WAY, Action, State, actions_in
from kb.practices.models import Revision
from kb.practices.service import authorship
from kb.web.contribute.page import title_of
from kb.web.sessions import current_actor

NEXT: dict[State, Message] = {
    State.DRAFT: msg("Fill in what is missing, then check and submit it."),
    State.SUBMITTED: msg("The desk will choose a reviewer. Until then you can take it back."),
    State.IN_REVIEW: msg("It is being reviewed. You will be told what comes of it."),
    State.CHANGES_REQUESTED: msg(
        "The reviewers ask for changes. Make them, then submit it again."
    ),
    State.APPROVED: msg("It is approved. The editors will publish it."),
    State.PUBLISHED: msg("It is published. A correction is a new revision."),
    State.ARCHIVED: msg("It is archived: readers no longer find it."),
    State.SUPERSEDED: msg("A later revision has replaced it."),
    State.WITHDRAWN: msg("It was withdrawn."),
    State.REJECTED: msg("It was not accepted. You can write a new practice."),
    State.ABANDONED: msg("You have given it up."),
}
COMPLETE = msg("Nothing is missing: check and submit it.")


@dataclass(frozen=True, slots=True)
class Standing:
    """A revision in the list of its author."""

    revision: Revision
    title: str
    next_step: Message
    reason: str
    progress: Progress
    can_revise: bool
    may_submit: bool

    @property
    def is_editable(self) -> bool:
        """Whether its author may change it now."""
        return self.revision.state in EDITABLE

    @property
    def url(self) -> str:
        """Where its author goes on with it."""
        return url_for("contribute.revision", revision_id=self.revision.id)

    @property
    def author_actions(self) -> tuple[Action, ...]:
        """What its author may do to it besides submitting."""
        wanted = (Action.RECALL, Action.ABANDON) if self.may_submit else ()
        return tuple(action for action in actions_in(self.revision.state) if action in wanted)


def standing(revision: Revision, reason: str) -> Standing:
    """Where a revision stands, for its author."""
    progress = completeness(revision.working_copy)
    is_ready = revision.state is State.DRAFT and not findings(revision.working_copy)
    siblings: Sequence[Revision] = revision.practice.revisions
    return Standing(
        revision=revision,
        title=title_of(revision),
        next_step=COMPLETE if is_ready else NEXT[revision.state],
        reason=reason,
        progress=progress,
        may_submit=permits(current_actor(), Permission.PRACTICE_SUBMIT, authorship(revision)),
        can_revise=revision.state in {State.PUBLISHED, State.ARCHIVED}
        and not any(other.state in UNDER_WAY for other in siblings),
    )
