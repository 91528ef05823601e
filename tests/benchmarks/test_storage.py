"""A short run of the measurement, and the page that is made from the long one."""

import json
from pathlib import Path

import storage

from iam_job_scout.stack.binaries import Servers


def committed() -> storage.Figures:
    return storage.Figures(**json.loads(storage.FIGURES.read_text()))


def test_a_short_run_measures_every_figure(servers: Servers, tmp_path: Path) -> None:
    figures = storage.measure(tmp_path, servers, seconds=6)
    assert 300 < figures.idle_samples < 1000
    # Six seconds are too few for all that the load will have asked for in the end.
    assert figures.idle_samples < min(figures.scanned_samples, figures.loaded_samples)
    assert max(figures.scanned_samples, figures.loaded_samples) < 3000
    # Chunks hold up to 120 samples; with six in each, their heads are most of them.
    assert 1 < figures.bytes_per_sample < 40
    assert figures.prometheus_mb + figures.alertmanager_mb < 150


def test_the_long_run_keeps_what_is_promised() -> None:
    figures = committed()
    assert figures.scrapes >= 240
    assert figures.idle_samples <= 1000
    assert figures.bytes_per_sample <= 2
    assert figures.prometheus_mb + figures.alertmanager_mb < 150


def test_the_page_is_made_from_the_figures() -> None:
    assert storage.PAGE.read_text() == storage.build_page(committed()), "run `./scout bench storage --write`"


def test_disk_grows_with_the_processes() -> None:
    one, ten, hundred = (storage._row(committed(), processes) for processes in (1, 10, 100))
    assert one != ten != hundred
    samples = 10 * committed().loaded_samples + committed().recorded + committed().server_samples
    assert f"| {samples:,} |" in ten
