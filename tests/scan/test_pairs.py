"""The duplicate decision on JSON Lines: one answer or one clear problem for each line."""

import json
from pathlib import Path

import pytest

from iam_job_scout.relevance.jsonl import Problem
from iam_job_scout.scan.pairs import Answer, decide_lines, encode

POSTING = {"title": "IAM Engineer", "company": "Acme", "location": "Austin", "description": "Run Okta."}


def only(line: str | bytes) -> Answer | Problem:
    (result,) = decide_lines([line])
    return result


def test_a_pair_gets_its_answer() -> None:
    answer = only(json.dumps({"id": "d1", "a": POSTING, "b": POSTING | {"title": "Senior IAM Engineer"}}))
    assert isinstance(answer, Answer)
    written = json.loads(encode(answer))
    assert written["id"] == "d1" and written["same"] is False and 0.5 <= written["confidence"] <= 1
    assert "other level: none and senior" in written["reasons"] or "other level: senior and none" in written["reasons"]


def test_missing_null_and_further_fields_are_no_problem() -> None:
    assert isinstance(only('{"a": {"title": null, "url": "x"}, "b": {"title": ""}, "kind": "team"}'), Answer)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"a": {"title": "x"}}', "`b`"),
        ('{"a": 1, "b": {}}', "$.a"),
        ('{"a": {"title": 5}, "b": {"title": ""}}', "$.a.title"),
        ("{", "not JSON"),
    ],
)
def test_a_line_that_is_no_pair_is_named_with_its_reason(line: str, says: str) -> None:
    assert says in str(only(line))


def test_lone_surrogates_come_in_but_not_out() -> None:
    answer = only('{"id": "a\\ud800", "a": {"title": "IAM \\udfff x"}, "b": {"title": "PAM \\udfff y"}}')
    assert isinstance(answer, Answer)
    assert encode(answer).decode("utf-8")


def test_labelled_pairs_are_decided_as_well_as_claimed(shared: Path) -> None:
    lines = (shared / "eval" / "pairs.jsonl").read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    said = [answer.same for answer in decide_lines(lines) if isinstance(answer, Answer)]
    assert len(said) == len(rows)

    def scores(least_sure: int) -> tuple[float, float]:
        kept = [(s, r["same"]) for s, r in zip(said, rows, strict=True) if r["sure"] >= least_sure]
        right = sum(bool(s and t) for s, t in kept)
        told, true = sum(s for s, _ in kept), sum(t for _, t in kept)
        return right / told, 2 * right / (told + true)

    precision, f1 = scores(1)
    assert precision >= 0.97 and f1 >= 0.95 and scores(0)[1] >= 0.92
