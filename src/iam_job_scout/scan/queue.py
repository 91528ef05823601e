"""The durable queue: its names, and what stands in it."""

from typing import Any

from iam_job_scout.settings import Settings

APPLICATION, QUEUE = "iam-job-scout", "scans"
SCAN_WORKFLOW, BATCH_WORKFLOW = "scan", "scan_batch"
#: Workflows stored by one version of the code are gone on with by the next. Raise it when their arguments change.
WORKFLOW_VERSION = "2"
#: The partition of the queue in which scans are cut into batches; a batch is in the partition of its source.
CUTTING = "scan"
_LEAN: dict[str, Any] = {"app_version": WORKFLOW_VERSION, "load_input": False, "load_output": False}
_ALIVE = ["ENQUEUED", "PENDING"]


def alive(scan_id: str) -> dict[str, Any]:
    """What to ask the queue for to learn whether anything of a scan is queued or running."""
    names = [SCAN_WORKFLOW, BATCH_WORKFLOW]
    return {**_LEAN, "status": _ALIVE, "name": names, "workflow_id_prefix": scan_id, "limit": 1}


def started(scan_id: str) -> dict[str, Any]:
    """What to ask the queue for to learn how often a scan was cut into batches."""
    return {**_LEAN, "name": SCAN_WORKFLOW, "workflow_id_prefix": scan_id}


def batches(status: str) -> dict[str, Any]:
    """What to ask the queue for to count batches in one state."""
    return {**_LEAN, "name": BATCH_WORKFLOW, "status": status}


def ended(before: str) -> dict[str, Any]:
    """What to ask the queue for to find workflows that ended before an ISO date, some at a time."""
    lean = {"load_input": False, "load_output": False, "limit": 1000}
    return {**lean, "status": ["SUCCESS", "ERROR", "CANCELLED"], "completed_before": before}


def system_database_url(settings: Settings) -> str:
    """Where the queue lives: beside the database on SQLite, in it on PostgreSQL."""
    url = settings.sqlalchemy_url
    return url if url.startswith("postgresql") else f"sqlite:///{(settings.data_dir / 'dbos.sqlite').absolute()}"
