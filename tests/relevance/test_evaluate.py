"""The figures of a labelled file, checked by hand on a small one and held on the real one where it is there."""

import json
from pathlib import Path

import pytest

from iam_job_scout.relevance.evaluate import evaluate, render


def line(identity: str, title: str, tier: str, **label: object) -> str:
    return json.dumps({"id": identity, "title": title, "label": {"tier": tier, **label}})


LINES = [
    line("a", "IAM Engineer", "core", sub=["GENERAL"], seniority="unknown", mode="unknown"),
    line("b", "Okta Administrator", "core", sub=["PAM"], seniority="senior", mode=None),
    line("c", "Baker", "none"),
    line("d", "IAM Analyst", "none", sure=0),
    line("e", "Painter", "adjacent"),
]


def test_precision_recall_and_their_mean_are_as_counted_by_hand() -> None:
    report = evaluate(LINES)
    core = report.quality["core"]
    assert (core.precision, core.recall, core.f1) == pytest.approx((2 / 3, 1.0, 0.8))
    both = report.quality["core or adjacent"]
    assert (both.precision, both.recall) == pytest.approx((2 / 3, 2 / 3))


def test_shares_leave_out_what_is_not_labelled() -> None:
    report = evaluate(LINES)
    assert (report.sub, report.seniority, report.mode) == (0.5, 0.5, 1.0)


def test_confusion_and_misses_name_what_went_wrong() -> None:
    report = evaluate(LINES)
    assert report.confusion[("adjacent", "none")] == 1
    assert [(miss.id, miss.sure) for miss in report.misses] == [("e", True), ("d", False)]


def test_the_report_can_be_read() -> None:
    text = render(evaluate(LINES))
    assert "5 labelled postings" in text
    assert "'Painter' is adjacent, got none" in text


def test_nothing_is_right_about_nothing() -> None:
    assert evaluate([]).quality["core"].f1 == 0


def test_a_line_without_a_label_is_named() -> None:
    with pytest.raises(ValueError, match=r"line 2: .*label"):
        evaluate([LINES[0], '{"title": "x"}'])


def test_quality_on_the_labelled_postings_does_not_fall(shared: Path) -> None:
    with (shared / "eval" / "relevance.jsonl").open("rb") as lines:
        report = evaluate(lines)
    assert report.quality["core"].f1 >= 0.95 and report.quality["core"].precision >= 0.96
    assert report.quality["core or adjacent"].f1 >= 0.93
    assert report.sub >= 0.90 and report.seniority >= 0.92 and report.mode >= 0.95
