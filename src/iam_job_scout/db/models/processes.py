"""The processes of a fleet."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from iam_job_scout.db.models.base import Base


class Process(Base):
    """A process that answers scrapes at `address` (host:port) and last gave a sign of life at `seen_at`."""

    __tablename__ = "process"

    address: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    seen_at: Mapped[datetime]
