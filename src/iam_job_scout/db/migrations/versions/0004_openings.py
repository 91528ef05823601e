"""Merged openings and what people said of them"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opening_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("near", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name="fk_opening_key_posting_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "posting_id", name="pk_opening_key"),
    )
    op.create_index("ix_opening_key_posting", "opening_key", ["posting_id"])
    _make_pairs(
        "opening_link",
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
    )
    _make_pairs(
        "opening_verdict",
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_opening_verdict_user_id", ondelete="SET NULL"),
    )
    op.create_table(
        "job_alias",
        sa.Column("old_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_alias_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("old_id", name="pk_job_alias"),
    )
    op.create_index("ix_job_alias_job", "job_alias", ["job_id"])


def _make_pairs(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["one_id"], ["posting.id"], name=f"fk_{table}_one_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["posting.id"], name=f"fk_{table}_other_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_other", table, ["other_id"])


def downgrade() -> None:
    for table in ("job_alias", "opening_verdict", "opening_link", "opening_key"):
        op.drop_table(table)
