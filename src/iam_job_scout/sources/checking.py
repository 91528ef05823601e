"""Looking at each board once: which live, which are empty, which are gone."""

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from iam_job_scout.errors import BoardNotFound, FetchError, SourceOff
from iam_job_scout.posting import Board
from iam_job_scout.settings import Settings
from iam_job_scout.sources.boards import gone_file, read_boards, write_boards
from iam_job_scout.sources.client import UpstreamClient
from iam_job_scout.sources.registry import SOURCES


class BoardState(StrEnum):
    """What a look at a board has shown."""

    LIVE = "live"
    EMPTY = "empty"
    GONE = "gone"
    FAILING = "failing"
    OFF = "off"


class Checked(msgspec.Struct, frozen=True):
    """A board and what was seen of it; `postings` as the source counts them, or as many as its first page holds."""

    board: Board
    state: BoardState
    postings: int = 0
    detail: str = ""


def check_boards(settings: Settings, boards: Sequence[Board], seen: Callable[[Checked], None]) -> list[Checked]:
    """Reads the first page of each board, at the pace of each source, and calls `seen` with each as it comes."""
    return asyncio.run(_check_all(settings, boards, seen))


async def _check_all(settings: Settings, boards: Sequence[Board], seen: Callable[[Checked], None]) -> list[Checked]:
    async with UpstreamClient(settings) as client:

        async def look(board: Board) -> Checked:
            checked = await check_board(client, board)
            seen(checked)
            return checked

        return await asyncio.gather(*map(look, boards))


async def check_board(client: UpstreamClient, board: Board) -> Checked:
    """Reads the first page of a board. Raises nothing that a source can cause."""
    try:
        listing = await SOURCES[board.source].glance(client, board)
    except SourceOff as error:
        return Checked(board, BoardState.OFF, detail=str(error))
    except BoardNotFound as error:
        return Checked(board, BoardState.GONE, detail=str(error))
    except FetchError as error:
        return Checked(board, BoardState.FAILING, detail=str(error))
    if not listing.fetched:
        return Checked(board, BoardState.EMPTY)
    company = next((posting.company for posting in listing.postings if posting.company != board.token), "")
    named = msgspec.structs.replace(board, company=board.company or company)
    return Checked(named, BoardState.LIVE, postings=listing.advertised or listing.fetched)


def gone_boards(settings: Settings) -> list[Board]:
    """The boards that an earlier check has put aside. Raises BoardsFileError."""
    path = gone_file(settings)
    return read_boards(path) if path.exists() else []


def put_gone_aside(settings: Settings, results: Sequence[Checked]) -> tuple[int, int]:
    """Puts the boards that are gone aside, and takes back those that answer again; counts both.

    The lists themselves stay as they are: what is aside is left out, whichever list holds it. Raises BoardsFileError.
    """
    before = {(board.source, board.token): board for board in gone_boards(settings)}
    after = dict(before)
    for checked in results:
        key = (checked.board.source, checked.board.token)
        if checked.state is BoardState.GONE:
            after[key] = checked.board
        elif checked.state in (BoardState.LIVE, BoardState.EMPTY):
            after.pop(key, None)
    if after.keys() != before.keys():
        write_boards(gone_file(settings), after.values())
    return len(after.keys() - before.keys()), len(before.keys() - after.keys())
