"""The boards that are watched: from the user's CSV file, or the curated list of the package."""

import csv
import io
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from iam_job_scout.errors import BoardsFileError
from iam_job_scout.posting import Board
from iam_job_scout.sources.registry import SOURCES, aggregator_boards

COLUMNS = ("ats", "token", "company")
MAX_FIELD = 200


def load_boards(path: Path | None) -> list[Board]:
    """Reads a CSV with the columns ats, token and company; None stands for the curated list.

    Sorted, each board once: a row that is there twice is taken once. Raises BoardsFileError.
    """
    if path is None:
        return _boards(files("iam_job_scout.sources").joinpath("boards.csv").read_text("utf-8"), name="boards.csv")
    return _boards(_read(path), name=str(path))


def all_boards(path: Path | None) -> list[Board]:
    """What a scan covers: the boards of the file, and the sources that are one list for everybody."""
    return sorted({*load_boards(path), *aggregator_boards()})


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BoardsFileError(f"{path}, line {line}: not UTF-8 text") from error
    except OSError as error:
        raise BoardsFileError(f"{path}: cannot be read: {error.strerror}") from error


def _boards(text: str, *, name: str) -> list[Board]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise BoardsFileError(f"{name}, line 1: no column {missing[0]}; the first line must be {','.join(COLUMNS)}")
        found = list(_rows(rows, name=name))
    except csv.Error as error:
        # The line counter of DictReader itself stays behind at an error.
        line = rows.reader.line_num
        raise BoardsFileError(f"{name}, line {line}: not CSV: {error}") from error
    return sorted(_once(found))


def _rows(rows: "csv.DictReader[str]", *, name: str) -> Iterator[Board]:
    for row in rows:
        board = Board(*((row[column] or "").strip() for column in COLUMNS))
        problem = _problem(board, too_many=None in row)
        if problem is not None:
            raise BoardsFileError(f"{name}, line {rows.line_num}: {problem}")
        yield board


def _problem(board: Board, *, too_many: bool) -> str | None:
    source = SOURCES.get(board.source)
    if too_many:
        return f"more than {len(COLUMNS)} values; quote a value that holds a comma"
    if source is None or source.aggregator:
        known = ", ".join(name for name, known in SOURCES.items() if not known.aggregator)
        return f"unknown ats {board.source[:40]!r}; there are {known}"
    for column, value in zip(COLUMNS, (board.source, board.token, board.company), strict=True):
        if len(value) > MAX_FIELD:
            return f"{column} of {len(value)} characters; at most {MAX_FIELD}"
        if not value.isprintable():
            return f"{column} holds a control character"
    return None if board.token else "token is empty"


def _once(boards: Iterable[Board]) -> list[Board]:
    """The first row of each (ats, token); a board under two company names is still one board."""
    first: dict[tuple[str, str], Board] = {}
    for board in boards:
        first.setdefault((board.source, board.token), board)
    return list(first.values())
