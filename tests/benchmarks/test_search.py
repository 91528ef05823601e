"""A short run of the measurement of the search."""

import argparse
from pathlib import Path

import search


def test_a_short_run_measures_every_figure(tmp_path: Path) -> None:
    known = {"jobs": 300, "searches": 4, "seconds": 1, "only": "sqlite", "keep": tmp_path, "corpus": None}
    (searches,) = search.measure_all(argparse.Namespace(**known, searches_only=True))
    assert 0 < searches.sql_p50 <= searches.search_p50 <= searches.search_p95
    (figures,) = search.measure_all(argparse.Namespace(**known, searches_only=False))
    assert isinstance(figures, search.Figures)
    assert (figures.database, figures.jobs, figures.load_errors) == ("sqlite", 300, 0)
    assert figures.load_requests == 100
    assert 0 < figures.sql_p50 <= figures.search_p50 <= figures.search_p95
    assert 0 < figures.page_p50 <= figures.page_p95
    assert 0 < figures.load_p50 <= figures.load_p99
    assert 0 < figures.first_page_kb < 110
