from typing import Any

import msgspec
import pytest

from iam_job_scout.errors import StackError
from iam_job_scout.stack.probe import answers, fetch, fetch_as


class Numbers(msgspec.Struct):
    numbers: list[int]


def test_nobody_there_is_no_answer(free_port: int) -> None:
    assert not answers(f"http://127.0.0.1:{free_port}/-/ready")


def test_a_status_other_than_200_is_told(live_stack: Any) -> None:
    url = f"http://127.0.0.1:{live_stack.settings.prometheus_port}/nowhere"
    with pytest.raises(StackError, match="answered 404"):
        fetch(url)


def test_an_answer_of_another_shape_is_told(live_stack: Any) -> None:
    url = f"http://127.0.0.1:{live_stack.settings.prometheus_port}/api/v1/rules"
    with pytest.raises(StackError, match="of another shape"):
        fetch_as(url, Numbers)


def test_a_proxy_of_the_environment_is_not_asked(
    live_stack: Any, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")
    assert answers(f"http://127.0.0.1:{live_stack.settings.prometheus_port}/-/ready")
