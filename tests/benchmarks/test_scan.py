"""A short run of the measurement of scans."""

import scan

BOARDS = 12


def test_a_short_run_measures_three_scans_of_the_same_boards(free_port: int) -> None:
    with scan.farm(BOARDS, free_port) as upstream:
        runs = scan.measure(upstream, upstream.boards())
    first, *others = runs.values()
    assert len(others) == 2
    assert first.totals["fetched"] == first.totals["accepted"] + first.totals["rejected"] + first.totals["duplicates"]
    assert first.totals["new"] == first.totals["accepted"] > 0
    assert others[0].totals["new"] == others[0].totals["changed"] == 0
    assert all(run.totals["fetched"] == first.totals["fetched"] for run in others)
    assert all(0 < run.scan < run.wall for run in runs.values())
