"""Runs migrations on the connection it is handed."""

from alembic import context

from kb.accounts import models as accounts  # noqa: F401 - tables register themselves
from kb.adoption import models as adoption  # noqa: F401
from kb.attachments import models as attachments  # noqa: F401
from kb.core.database import Base
from kb.events import models as events  # noqa: F401
from kb.following import models as following  # noqa: F401
from kb.notifications import models as notifications  # noqa: F401
from kb.operations import models as operations  # noqa: F401
from kb.practices import models as practices  # noqa: F401
from kb.reviews import models as reviews  # noqa: F401
from kb.search import models as search  # noqa: F401
from kb.vocabularies import models as vocabularies  # noqa: F401

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
