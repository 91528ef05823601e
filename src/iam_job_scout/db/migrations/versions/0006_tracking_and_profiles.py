"""Tracking of each person, and profiles"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: What was done before there were several people belongs to whoever changed the job last, else to the owner, else to
#: the person of a product without sign-in (0).
_GIVE_EVENTS = """
UPDATE job_event SET user_id = coalesce((SELECT min(id) FROM "user" WHERE role = 'owner'), 0) WHERE user_id IS NULL
"""
_GIVE_JOBS = """
INSERT INTO tracking (user_id, job_id, status, status_at, note)
SELECT
    coalesce(
        (SELECT user_id FROM job_event WHERE job_event.job_id = job.id ORDER BY job_event.id DESC LIMIT 1),
        (SELECT min(id) FROM "user" WHERE role = 'owner'),
        0
    ),
    id, status, coalesce(status_at, last_seen), note
FROM job WHERE status <> 'new' OR note <> ''
"""


def upgrade() -> None:
    _add_local_person()
    _make_tables()
    op.execute(_GIVE_EVENTS)
    op.execute(_GIVE_JOBS)
    _change_events()
    op.drop_index("ix_job_counts", "job")
    op.drop_index("ix_job_listing", "job")
    for column in ("status", "status_at", "note"):
        op.drop_column("job", column)
    op.create_index("ix_job_counts", "job", ["closed_at", "tier", "sample"])
    op.create_index("ix_job_listing", "job", ["closed_at", "score", "id"])


def _add_local_person() -> None:
    op.execute(
        'INSERT INTO "user" (id, email, password_hash, role, created_at)'
        " VALUES (0, 'local', '-', 'local', CURRENT_TIMESTAMP)"
    )


def _make_tables() -> None:
    op.create_table(
        "tracking",
        _user_id(),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("status_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_tracking_job_id"),
        _of_user("tracking"),
        sa.PrimaryKeyConstraint("user_id", "job_id", name="pk_tracking"),
    )
    op.create_index("ix_tracking_job", "tracking", ["job_id"])
    op.create_index("ix_tracking_follow_up", "tracking", ["user_id", "follow_up_on"])
    op.create_table(
        "profile",
        _user_id(),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("skills", "certifications", "levels")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("places", "modes")),
        sa.Column("pay_floor", sa.Integer(), nullable=True),
        sa.Column("pay_currency", sa.String(length=3), nullable=False),
        sa.Column("needs_sponsorship", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        _of_user("profile"),
        sa.PrimaryKeyConstraint("user_id", name="pk_profile"),
    )
    op.create_table(
        "fit",
        _user_id(),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_fit_job_id", ondelete="CASCADE"),
        _of_user("fit"),
        sa.PrimaryKeyConstraint("user_id", "job_id", name="pk_fit"),
    )
    op.create_index("ix_fit_score", "fit", ["user_id", "score"])
    op.create_index("ix_fit_job", "fit", ["job_id"])
    op.create_table(
        "calendar_feed",
        _user_id(),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _of_user("calendar_feed"),
        sa.PrimaryKeyConstraint("user_id", name="pk_calendar_feed"),
        sa.UniqueConstraint("secret_hash", name="uq_calendar_feed_secret_hash"),
    )


def _change_events() -> None:
    with op.batch_alter_table("job_event") as events:
        events.add_column(sa.Column("follow_up_on", sa.Date(), nullable=True))
        events.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
        # A job that somebody did something with is not to be deleted; a person who goes takes their history along.
        events.drop_constraint("fk_job_event_job_id", type_="foreignkey")
        events.drop_constraint("fk_job_event_user_id", type_="foreignkey")
        events.create_foreign_key("fk_job_event_job_id", "job", ["job_id"], ["id"])
        events.create_foreign_key("fk_job_event_user_id", "user", ["user_id"], ["id"], ondelete="CASCADE")
        events.create_index("ix_job_event_user", ["user_id", "at"])


def _user_id() -> sa.Column[int]:
    return sa.Column("user_id", sa.Integer(), nullable=False)


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=f"fk_{table}_user_id", ondelete="CASCADE")
