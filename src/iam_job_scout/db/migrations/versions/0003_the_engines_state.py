"""Schedules, pauses and raw postings of the scan engine"""

import zlib

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RAW_FIELDS = ("source", "board", "external_id", "url", "title", "company", "location", "description")


def upgrade() -> None:
    _make_tables()
    _add_columns()
    _pack_postings()
    op.drop_column("posting", "description")
    op.execute("ALTER TABLE posting RENAME COLUMN last_seen TO seen_at")
    op.create_index("ix_posting_url", "posting", ["url"])
    op.execute("UPDATE board SET asked_at = last_success_at")
    # The counts of the last listing are not kept yet, so each board is read whole once.
    op.execute("UPDATE board SET validators = '{}'")


def _make_tables() -> None:
    op.create_table(
        "source_schedule",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("paused_at", sa.DateTime(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=True),
        sa.Column("new", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("source", name="pk_source_schedule"),
    )
    op.create_table(
        "executor",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_executor"),
    )
    op.create_table(
        "posting_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name="fk_posting_event_posting_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_posting_event"),
    )
    op.create_index("ix_posting_event_posting", "posting_event", ["posting_id"])


def _add_columns() -> None:
    op.add_column("board", sa.Column("tally", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("board", sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.true()))
    for name in ("asked_at", "doubted_at"):
        op.add_column("board", sa.Column(name, sa.DateTime(), nullable=True))
    for name in ("unique", "pages"):
        op.add_column("scan_board", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("truncated", "cancelled"):
        op.add_column("scan_board", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("scan_board", sa.Column("kept_open", sa.Text(), nullable=False, server_default=""))
    op.add_column("scan_board", sa.Column("invalid", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("posting", sa.Column("entry", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("posting", sa.Column("absent_at", sa.DateTime(), nullable=True))
    op.add_column("posting", sa.Column("missed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("posting", sa.Column("tier", sa.String(length=10), nullable=False, server_default="none"))
    op.add_column("posting", sa.Column("score", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("posting", sa.Column("evidence", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("posting", sa.Column("raw", sa.LargeBinary(), nullable=False, server_default=""))


def _pack_postings() -> None:
    """Packs what is stored of each posting; what was not stored before, such as pay, comes with its next edit."""
    names = ("id", *_RAW_FIELDS)
    posting = sa.table("posting", *(sa.column(name) for name in (*names, "raw", "tier", "score", "job_id")))
    job = sa.table("job", sa.column("id"), sa.column("tier"), sa.column("score"))
    connection = op.get_bind()
    rows = connection.execute(sa.select(*(posting.c[name] for name in names))).mappings()
    for row in rows.all():
        packed = zlib.compress(msgspec.msgpack.encode({name: row[name] for name in _RAW_FIELDS}), 1)
        connection.execute(posting.update().where(posting.c.id == row["id"]).values(raw=packed))
    for name in ("tier", "score"):
        of_job = sa.select(job.c[name]).where(job.c.id == posting.c.job_id).scalar_subquery()
        connection.execute(posting.update().where(posting.c.job_id.is_not(None)).values({name: of_job}))


def downgrade() -> None:
    raise NotImplementedError("descriptions cannot be unpacked again; restore a backup instead")
