"""Gets, starts, watches and checks the monitoring servers: Prometheus and Alertmanager."""

from iam_job_scout.stack.binaries import Servers, find_servers
from iam_job_scout.stack.links import Link
from iam_job_scout.stack.render import render, write_examples
from iam_job_scout.stack.run import check_links, run_stack

__all__ = ["Link", "Servers", "check_links", "find_servers", "render", "run_stack", "write_examples"]
