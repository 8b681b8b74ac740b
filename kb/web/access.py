"""Who may call each route: one table that the gate enforces and the tests walk."""

from enum import StrEnum

from kb.accounts.permissions import Role


class Access(StrEnum):
    """What a route asks of its caller; what a page is about may ask for more."""

    ANYONE = "anyone"
    SIGNED_IN = "signed-in"
    WRITING = "writing"
    REVIEWING = "reviewing"
    EDITING = "editing"
    SAFEKEEPING = "safekeeping"
    GRANTING = "granting"
    ADMINISTRATION = "administration"


ROLES: dict[Access, frozenset[Role]] = {
    Access.WRITING: frozenset({Role.CONTRIBUTOR}),
    Access.REVIEWING: frozenset({Role.REVIEWER, Role.SAFEGUARD, Role.EDITOR}),
    Access.EDITING: frozenset({Role.EDITOR}),
    Access.SAFEKEEPING: frozenset({Role.SAFEGUARD, Role.EDITOR}),
    Access.GRANTING: frozenset({Role.EDITOR, Role.ADMIN}),
    Access.ADMINISTRATION: frozenset({Role.ADMIN}),
}
# Where the password is asked for again unless it was given a short while ago.
ASKS_AGAIN = frozenset({Access.GRANTING, Access.ADMINISTRATION})


def lets_in(access: Access, roles: frozenset[Role]) -> bool:
    """Whether somebody who is signed in with these roles may call such a route."""
    return access in {Access.ANYONE, Access.SIGNED_IN} or bool(roles & ROLES[access])


# Endpoint -> access. The application does not start with a route that is not here; the
# interfaces keep such tables of their own.
ACCESS: dict[str, Access] = {
    "browse.root": Access.ANYONE,
    "browse.home": Access.ANYONE,
    "browse.search": Access.ANYONE,
    "browse.suggest": Access.ANYONE,
    "browse.practice": Access.ANYONE,
    "browse.history": Access.ANYONE,
    "browse.practice_markdown": Access.ANYONE,
    "browse_map.overview": Access.ANYONE,
    "reporting.form": Access.ANYONE,
    "indicators.overview": Access.ANYONE,
    "indicators.quarter": Access.ANYONE,
    "indicators.dashboard": Access.EDITING,
    "indicators.rows": Access.EDITING,
    "indicators.download": Access.EDITING,
    "indicators.report": Access.EDITING,
    "keeping.offline": Access.ANYONE,
    "keeping.worker": Access.ANYONE,
    "pages.glossary": Access.ANYONE,
    "pages.help_page": Access.ANYONE,
    "pages.about": Access.ANYONE,
    "pages.privacy": Access.ANYONE,
    "pages.accessibility": Access.ANYONE,
    # Not there but in a demonstration.
    "styleguide.overview": Access.ANYONE,
    "static": Access.ANYONE,
    "media.file": Access.ANYONE,
    "contribute_files.overview": Access.WRITING,
    "contribute_files.upload": Access.WRITING,
    "contribute_files.words": Access.WRITING,
    "contribute_files.describe": Access.WRITING,
    "contribute_files.remove": Access.WRITING,
    "contribute.overview": Access.WRITING,
    "contribute.new": Access.WRITING,
    "contribute.part": Access.WRITING,
    "contribute.notes": Access.WRITING,
    "contribute.check": Access.WRITING,
    "contribute.preview": Access.WRITING,
    "contribute.preview_section": Access.WRITING,
    "contribute.revision": Access.WRITING,
    "contribute.act": Access.WRITING,
    "contribute.new_revision": Access.WRITING,
    "contribute.authors": Access.WRITING,
    "contribute.change_authors": Access.WRITING,
    "contribute.answer": Access.WRITING,
    "contribute.import_new": Access.WRITING,
    "contribute.import_into": Access.WRITING,
    "contribute.template": Access.WRITING,
    "review.queue": Access.REVIEWING,
    "review.revision": Access.REVIEWING,
    # Authors compare their texts, too.
    "review.diff": Access.SIGNED_IN,
    "review.act": Access.REVIEWING,
    "review.assign": Access.REVIEWING,
    "review.unassign": Access.REVIEWING,
    "review.verdict": Access.REVIEWING,
    "review.sign_off": Access.REVIEWING,
    "review.comment": Access.REVIEWING,
    "review.resolve": Access.REVIEWING,
    "review.add_reader": Access.REVIEWING,
    "review.remove_reader": Access.REVIEWING,
    "review.note": Access.REVIEWING,
    "review.revise": Access.REVIEWING,
    "judging.accept": Access.REVIEWING,
    "judging.decline": Access.REVIEWING,
    "judging.take_back_consent": Access.REVIEWING,
    "again.confirm": Access.REVIEWING,
    "reports.overview": Access.SAFEKEEPING,
    "reports.report": Access.SAFEKEEPING,
    "adoption.transfer": Access.ANYONE,
    "adoption.attach": Access.SIGNED_IN,
    "adoption.adopt": Access.SIGNED_IN,
    "adoption.overview": Access.SIGNED_IN,
    "adoption.organisations": Access.GRANTING,
    "adoption.adoption": Access.SIGNED_IN,
    "adoption.change": Access.SIGNED_IN,
    "adoption.move": Access.SIGNED_IN,
    "adoption.verify": Access.EDITING,
    "adoption.follow_up": Access.SIGNED_IN,
    "adoption.acknowledge": Access.SIGNED_IN,
    "following.overview": Access.SIGNED_IN,
    "notifications.overview": Access.SIGNED_IN,
    "notifications.done": Access.SIGNED_IN,
    "notifications.read": Access.SIGNED_IN,
    "account.sign_in": Access.ANYONE,
    "account.forgotten": Access.ANYONE,
    "account.password": Access.ANYONE,
    "account.request_access": Access.ANYONE,
    "account.sign_out": Access.SIGNED_IN,
    "account.confirm": Access.SIGNED_IN,
    "account.overview": Access.SIGNED_IN,
    "account.second_factor": Access.SIGNED_IN,
    "account.keys": Access.SIGNED_IN,
    "curation.thesaurus": Access.EDITING,
    "curation.new_entry": Access.EDITING,
    "curation.entry": Access.EDITING,
    "curation.remove_entry": Access.EDITING,
    "curation.report": Access.EDITING,
    "curation.promotions": Access.EDITING,
    "admin.requests": Access.GRANTING,
    "admin.overview": Access.ADMINISTRATION,
    "admin.users": Access.ADMINISTRATION,
    "admin.user": Access.ADMINISTRATION,
    "admin.invite": Access.ADMINISTRATION,
    "admin.organisations": Access.ADMINISTRATION,
    "admin.organisation": Access.ADMINISTRATION,
    "admin.audit": Access.ADMINISTRATION,
    "admin.audit_check": Access.ADMINISTRATION,
    "admin.state": Access.ADMINISTRATION,
}
