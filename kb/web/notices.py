"""What a page says after something was done: the address names it, nothing is kept."""

from flask import request

from kb.core.messages import Message, msg

NOTICES: dict[str, Message] = {
    "saved": msg("Saved."),
    "begun": msg("The draft is begun. Each page of the form is saved on its own."),
    "submitted": msg("It is submitted: the desk sees it now."),
    "recalled": msg("You have taken it back and can write on."),
    "abandoned": msg("You have given it up."),
    "revised": msg("The new revision begins with the published text, which stays public."),
    "note-added": msg("The note is kept."),
    "answered": msg("Your answer is sent."),
    "assigned": msg("The review is under way: the reviewer is asked."),
    "unassigned": msg("The reviewer is released."),
    "verdict-given": msg("Your verdict is given. Until the decision you can change it."),
    "signed-off": msg("The do-no-harm sign-off is given for this version."),
    "commented": msg("The comment is sent."),
    "resolved": msg("The comment is marked as dealt with."),
    "shared": msg("This person may read the practice from now on."),
    "unshared": msg("This person may not read the practice any more."),
    "revision-started": msg("The revision is begun; its author finds it among their practices."),
    "did-approve": msg("Approved. It can be published now."),
    "did-publish": msg("Published: readers find it now."),
    "did-reopen": msg("The review is open again."),
    "did-restore": msg("It is public again."),
    "did-request_changes": msg("The authors are asked for changes."),
    "did-reject": msg("Rejected. The authors are told the reason."),
    "did-archive": msg("Archived: readers do not find it any more."),
    "did-withdraw": msg("Withdrawn."),
    "file-added": msg(
        "The file is added. What it told about its place, device and maker was taken out."
    ),
    "file-removed": msg("The file is removed from this practice."),
    "adopted": msg("It is recorded. Your organisation and the editors can see it."),
    "adoption-verified": msg("The adoption is verified."),
    "followed-up": msg("Thank you: your answer is kept."),
    "check-kept": msg("The check is kept with this adoption."),
    "acknowledged": msg("It is noted that you have read it."),
    "merged": msg("They are one organisation from now on."),
    "followed": msg("You follow it from now on."),
    "unfollowed": msg("You do not follow it any more."),
    "key-revoked": msg("The key opens nothing any more."),
    "all-read": msg("All is marked as read."),
    "signed-out": msg("You are signed out."),
    "password-set": msg("Your password is set. All other browsers are signed out."),
    "link-sent": msg(
        "If this address has an account, a letter with a link is on its way. The link is valid "
        "for one hour."
    ),
    "access-asked": msg(
        "Your request is with the editors. They answer by e-mail, as a rule within a week."
    ),
    "sessions-ended": msg("The browser is signed out."),
    "access-granted": msg("The roles are given. This person had an account already."),
    "access-refused": msg("The request is refused."),
    "role-granted": msg("The role is given."),
    "role-revoked": msg("The role is taken away, from the next page on."),
    "account-disabled": msg("The account is disabled and signed out everywhere."),
    "account-enabled": msg("The account is open again."),
    "factor-taken-away": msg("The second factor is taken away. The next visit asks for another."),
    "signed-out-everywhere": msg("This person is signed out everywhere."),
    "entry-saved": msg("Saved. Searches use it from now on."),
    "entry-removed": msg("The entry is removed from the glossary and from searches."),
    "promoted": msg("The practice stands above the results of this query from now on."),
    "promotion-removed": msg("The practice does not stand above these results any more."),
    "query-forgotten": msg("The query is forgotten. It is counted anew from the next time on."),
    "second-factor-removed": msg("The second factor is removed. Set it up again with your phone."),
}


def notice() -> Message | None:
    """The sentence for the `done` of this address, if it is one of ours."""
    return NOTICES.get(request.args.get("done", ""))
