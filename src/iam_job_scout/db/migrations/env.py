"""What Alembic runs; the connection comes from `iam_job_scout.db.migrate`."""

from alembic import context

from iam_job_scout.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
