"""Walks the chain from a source's metric to a delivered alert and says of each link what to mend."""

from iam_job_scout.doctor.alert_path import try_alert_path
from iam_job_scout.doctor.examine import examine
from iam_job_scout.doctor.findings import Finding, State
from iam_job_scout.doctor.report import is_healthy, print_findings

__all__ = ["Finding", "State", "examine", "is_healthy", "print_findings", "try_alert_path"]
