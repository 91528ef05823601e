"""The process metrics are those of the client library, for any process."""

import os
import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.parser import text_string_to_metric_families

from iam_job_scout.monitoring.process_metrics import Process, process_text, supported

pytestmark = pytest.mark.skipif(not supported(), reason="this system has no /proc")


def test_the_values_are_those_of_the_client_library() -> None:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    text = "".join(process_text([Process(os.getpid())]))
    for family in text_string_to_metric_families(text):
        theirs = registry.get_sample_value(family.samples[0].name)
        assert family.samples[0].value == pytest.approx(theirs, rel=0.05, abs=2)


def test_each_worker_has_its_own_and_one_that_ended_has_none() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        text = "".join(process_text([Process(os.getpid(), "0"), Process(other.pid, "1")]))
        assert 'process_resident_memory_bytes{worker="1"}' in text
        other.communicate(b"\n")
    assert 'worker="1"' not in "".join(process_text([Process(os.getpid(), "0"), Process(other.pid, "1")]))
