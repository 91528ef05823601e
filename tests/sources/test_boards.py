"""Board files: what is taken, and how what cannot be taken is named."""

from pathlib import Path

import pytest

from iam_job_scout.errors import BoardsFileError
from iam_job_scout.posting import Board
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import (
    added_file,
    all_boards,
    append_board,
    curated_boards,
    gone_file,
    load_boards,
    read_boards,
    write_boards,
)
from iam_job_scout.sources.registry import SOURCES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "boards.csv"


def problem(path: Path) -> str:
    with pytest.raises(BoardsFileError) as raised:
        read_boards(path)
    message = str(raised.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_boards_are_read_in_order(path: Path) -> None:
    path.write_text('ats,token,company\nlever,acme,"Acme, Inc."\nashby, Beta ,\n')
    assert read_boards(path) == [Board("ashby", "Beta", ""), Board("lever", "acme", "Acme, Inc.")]


def test_more_columns_in_any_order_are_welcome(path: Path) -> None:
    path.write_text("company,note,token,ats\nAcme,hello,acme,lever\n")
    assert read_boards(path) == [Board("lever", "acme", "Acme")]


def test_windows_line_ends_blank_lines_and_a_byte_order_mark_are_fine(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfats,token,company\r\n\r\nlever,acme,Acm\xc3\xa9\r\n")
    assert read_boards(path) == [Board("lever", "acme", "Acmé")]


def test_a_board_that_is_there_twice_is_taken_once(path: Path) -> None:
    path.write_text("ats,token,company\nlever,acme,Acme\nlever,acme,Acme\nlever,acme,Acme Corp\n")
    assert read_boards(path) == [Board("lever", "acme", "Acme")]


def test_a_file_without_rows_is_an_empty_list(path: Path) -> None:
    path.write_text("ats,token,company\n")
    assert read_boards(path) == []


def test_a_missing_file_is_named(path: Path) -> None:
    assert problem(path) == ": cannot be read: No such file or directory"


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read" in problem(tmp_path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("lever,,Acme", "token is empty"),
        ("lever", "token is empty"),
        ("levr,acme,Acme", "unknown ats 'levr'; there are ashby, greenhouse, lever, recruitee"),
        ("workday,acme,Acme", "a Workday token is tenant/wdN/site"),
        (",acme,Acme", "unknown ats ''"),
        ("remoteok,all,Remote OK", "unknown ats 'remoteok'"),
        ("lever,acme,Acme, Inc.", "more than 3 values"),
        (f"lever,{'x' * 201},Acme", "token of 201 characters; at most 200"),
        (f"lever,acme,{'x' * 201}", "company of 201 characters"),
        ("lever,ac\x00me,Acme", "token holds a control character"),
        ('lever,"acme"x,Acme', "not CSV"),
        ('lever,"acme,Acme', "not CSV"),
    ],
)
def test_a_bad_row_is_named_with_its_line(row: str, message: str, path: Path) -> None:
    path.write_text(f"ats,token,company\nlever,good,Good\n{row}\n")
    found = problem(path)
    assert found.startswith(", line 3: ")
    assert message in found


@pytest.mark.parametrize(("header", "missing"), [("", "ats"), ("ats,company", "token"), ("lever,acme,Acme", "ats")])
def test_a_missing_column_is_named(header: str, missing: str, path: Path) -> None:
    path.write_text(header)
    assert problem(path).startswith(f", line 1: no column {missing}; the first line must be ats,token,company")


def test_text_that_is_not_utf8_is_named_with_its_line(path: Path) -> None:
    path.write_bytes(b"ats,token,company\nlever,acme,Acm\xe9\n")
    assert problem(path) == ", line 2: not UTF-8 text"


def test_the_curated_list_has_over_300_boards_in_order() -> None:
    boards = curated_boards()
    assert len(boards) >= 300
    assert boards == sorted(boards)
    assert len({(board.source, board.token) for board in boards}) == len(boards)
    assert all(board.company for board in boards)


def test_a_scan_covers_the_aggregators_that_are_on_too(settings: Settings, path: Path) -> None:
    path.write_text("ats,token,company\nlever,acme,Acme\n")
    found = all_boards(settings.model_copy(update={"boards": path}))
    assert [board for board in found if board.source == "lever"] == [Board("lever", "acme", "Acme")]
    lists = {board.source for board in found if board.token == "all"}
    assert "remoteok" in lists
    assert "usajobs" not in lists
    assert lists == {name for name, source in SOURCES.items() if source.aggregator and not source.keys}


def test_what_was_added_is_watched_and_what_is_gone_is_not(settings: Settings) -> None:
    gone = curated_boards()[0]
    new = Board("lever", "acme", "Acme")
    append_board(added_file(settings), new)
    write_boards(gone_file(settings), [gone])
    assert set(load_boards(settings)) == {*curated_boards(), new} - {gone}


def test_a_list_of_ones_own_is_added_to_itself(settings: Settings, path: Path) -> None:
    path.write_text("company,note,token,ats\nBeta,hello,beta,ashby")
    own = settings.model_copy(update={"boards": path})
    append_board(added_file(own), Board("lever", "acme", "Acme, Inc."))
    assert path.read_text() == 'company,note,token,ats\nBeta,hello,beta,ashby\n"Acme, Inc.",,acme,lever\n'
    assert load_boards(own) == [Board("ashby", "beta", "Beta"), Board("lever", "acme", "Acme, Inc.")]


def test_a_list_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BoardsFileError, match="cannot be written"):
        write_boards(tmp_path / "file" / "boards.csv", [])
