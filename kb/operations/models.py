"""Table of what this installation is."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.database import Base


class SiteFact(Base):
    """A fact about this database, such as that it is a demonstration."""

    __tablename__ = "site_facts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
