"""Classification of JSON Lines: one answer or one clear problem for each line."""

import json

import pytest

from iam_job_scout.relevance.jsonl import Answer, Problem, classify_lines, encode


def only(line: str | bytes) -> Answer | Problem:
    (result,) = classify_lines([line])
    return result


def test_a_line_gets_its_answer() -> None:
    row = {"id": "p1", "title": "IAM Engineer", "company": "Acme", "location": "Remote", "description": "Run Okta."}
    answer = only(json.dumps(row))
    assert isinstance(answer, Answer)
    assert (answer.id, answer.tier, answer.mode) == ("p1", "core", "remote")


def test_an_answer_is_written_as_one_json_object() -> None:
    answer = only('{"id": 7, "title": "Okta Administrator"}')
    assert isinstance(answer, Answer)
    written = json.loads(encode(answer))
    assert written["id"] == 7
    assert written["evidence"][0] == {
        "field": "title",
        "start": 0,
        "end": 4,
        "text": "Okta",
        "reason": "Okta",
        "points": 65,
    }
    assert set(written) >= {"id", "tier", "score", "sub", "skills", "seniority", "mode", "evidence"}


def test_missing_and_null_fields_are_empty() -> None:
    assert isinstance(only('{"title": null, "company": null}'), Answer)


def test_further_fields_are_left_alone() -> None:
    assert isinstance(only('{"title": "IAM Engineer", "label": {"tier": "core"}}'), Answer)


def test_blank_lines_are_skipped_but_counted() -> None:
    results = list(classify_lines(["\n", '{"title": "x"}\n', "oops\n"]))
    assert [type(result) for result in results] == [Answer, Problem]
    assert isinstance(results[1], Problem) and results[1].line == 3


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "Expected `object`"),
        ('{"title": 5}', "$.title"),
        ('{"company": "Acme"}', "title"),
        (b"\xff\xfe", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(line: str | bytes, says: str) -> None:
    problem = only(line)
    assert isinstance(problem, Problem)
    assert problem.message.startswith("line 1: ") and says in problem.message


def test_lone_surrogates_come_in_but_not_out() -> None:
    answer = only('{"id": "a\\ud800", "title": "IAM \\udfff Engineer", "description": "Okta\\ud800"}')
    assert isinstance(answer, Answer)
    assert answer.id == "a" and encode(answer).decode("utf-8")
