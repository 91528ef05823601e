import io
import os

import pytest

from iam_job_scout.stack.output import Output, show_worrying


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_stand_behind_their_name_without_colour_in_a_file() -> None:
    stream = io.StringIO()
    Output(stream).line("app", "hello")
    assert stream.getvalue() == "app          | hello\n"


def test_each_name_has_its_own_colour_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    output = Output(Terminal())
    for name in ("app", "prometheus", "app"):
        output.line(name, "hello")
    first, second, third = output.stream.getvalue().splitlines()
    assert first == third
    assert first.split("m")[0] != second.split("m")[0]


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    output = Output(Terminal())
    output.trouble("app", "ended")
    assert output.stream.getvalue() == "app          | !! ended\n"


def test_a_reader_that_went_away_does_not_stop_the_programs() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    output = Output(os.fdopen(writing, "w"))
    pipe = output.stream
    output.line("app", "unheard")
    output.line("app", "unheard again")
    output.stream.close()
    with pytest.raises(BrokenPipeError):
        pipe.close()


def test_only_worrying_lines_of_a_server_are_shown() -> None:
    assert show_worrying('ts=1 level=warn msg="disk is slow"')
    assert show_worrying("panic: runtime error")
    assert not show_worrying('ts=1 level=info msg="ready"')
    assert not show_worrying('level=warn msg="Received SIGTERM, exiting gracefully..."')
