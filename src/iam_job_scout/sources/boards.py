"""The boards that are watched: the curated list of the package or the user's own, what was added and what is gone."""

import csv
import io
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from msgspec.structs import astuple

from iam_job_scout.errors import BoardsFileError
from iam_job_scout.posting import Board
from iam_job_scout.settings import Settings
from iam_job_scout.sources.registry import SOURCES, aggregator_boards

COLUMNS = ("ats", "token", "company")
MAX_FIELD = 200


def load_boards(settings: Settings) -> list[Board]:
    """The boards of employers: SCOUT_BOARDS, or the curated list, and what was added, without what was found gone.

    Sorted, each board once: a row that is there twice is taken once. Raises BoardsFileError.
    """
    added, gone = added_file(settings), gone_file(settings)
    boards = [] if settings.boards else curated_boards()
    if settings.boards or added.exists():
        boards += read_boards(added)
    left_out = {board[:2] for board in map(astuple, read_boards(gone))} if gone.exists() else set()
    return sorted(board for board in _once(boards) if astuple(board)[:2] not in left_out)


def all_boards(settings: Settings) -> list[Board]:
    """What a scan covers: the boards of employers, and the sources that are one list for everybody."""
    return sorted({*load_boards(settings), *aggregator_boards(settings)})


def curated_boards() -> list[Board]:
    """The list of the package."""
    return _boards(files("iam_job_scout.sources").joinpath("boards.csv").read_text("utf-8"), name="boards.csv")


def read_boards(path: Path) -> list[Board]:
    """Reads a CSV with the columns ats, token and company. Raises BoardsFileError."""
    return _boards(_read(path), name=str(path))


def added_file(settings: Settings) -> Path:
    """Where boards are added: to the user's own list, or beside the database to what the curated list holds."""
    return settings.boards or settings.data_dir / "boards.csv"


def gone_file(settings: Settings) -> Path:
    """The boards that are left out, whichever list they are in."""
    return settings.data_dir / "boards-gone.csv"


def write_boards(path: Path, boards: Iterable[Board]) -> None:
    """Replaces a boards file, at once or not at all. Raises BoardsFileError."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(astuple(board) for board in sorted(_once(boards)))
    draft = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text.getvalue(), "utf-8")
        draft.replace(path)
    except OSError as error:
        raise BoardsFileError(f"{path}: cannot be written: {error.strerror}") from error


def append_board(path: Path, board: Board) -> None:
    """Adds a row to a boards file, which stays as it is otherwise; makes the file where there is none.

    Raises BoardsFileError.
    """
    if not path.exists():
        write_boards(path, [board])
        return
    columns = next(csv.reader(io.StringIO(_read(path))), [])
    values = dict(zip(COLUMNS, astuple(board), strict=True))
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow([values.get(column, "") for column in columns])
    separator = "" if _read(path).endswith("\n") else "\n"
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(separator + row.getvalue())
    except OSError as error:
        raise BoardsFileError(f"{path}: cannot be written: {error.strerror}") from error


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
    return source.token_problem(board.token) or None


def _once(boards: Iterable[Board]) -> list[Board]:
    """The first row of each (ats, token); a board under two company names is still one board."""
    first: dict[tuple[str, str], Board] = {}
    for board in boards:
        first.setdefault((board.source, board.token), board)
    return list(first.values())
