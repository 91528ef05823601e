"""The pages of the sources: how fresh each is, what its last scans gave, and starting, pausing and watching them."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from iam_job_scout.db import Database
from iam_job_scout.errors import BoardsFileError, ScoutError
from iam_job_scout.scan import control, progress
from iam_job_scout.scan.freshness import SourceState, State, source_states
from iam_job_scout.sources.boards import all_boards
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web import formats, receipts
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import STATE_COLOURS, Frame, PageFrame, show
from iam_job_scout.web.session import FormChanger, database_of, settings_of
from iam_job_scout.web.views import Moment, moment, source_name

router = APIRouter(include_in_schema=False, prefix="/sources")

SAMPLES = "samples"
#: How often a watcher is told what changed, and when it is asked to connect anew, in seconds.
TOLD_EVERY, WATCHED_FOR = 1.0, 600.0
_WORDS = {
    State.FRESH: "Fresh",
    State.LATE: "Late",
    State.DARK: "Dark",
    State.UNKNOWN: "Not scanned yet",
    State.PAUSED: "Paused",
}


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """A source as the pages show it; `colour` is a class of the dot.

    `boards` are those on the list; without a receipt none was scanned yet. `off` says why it is not asked at all.
    """

    name: str
    label: str
    colour: str
    words: str
    paused: bool
    boards: int
    off: str
    receipt: receipts.SourceReceipt | None
    last_success: Moment | None
    next_run: str
    every: str
    docs: str
    terms: str
    attribution: str


@router.api_route("", methods=["GET", "HEAD"])
def source_list(request: Request, frame: PageFrame) -> Response:
    """Shows one row for each source that exists or that has boards, and what is being scanned now."""
    return _show_list(request, frame)


@router.get("/progress")
async def watch(request: Request, _: PageFrame) -> Response:
    """Tells what is being scanned, as server-sent events, each time that something changed."""
    events = _tell(request, database_of(request))
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})


@router.post("/run")
def run_all(request: Request, viewer: FormChanger) -> Response:
    """Starts a scan of all sources that are not paused."""
    return _do(request, Frame(viewer=viewer, now=datetime.now(UTC)), lambda: _run(request, None))


@router.api_route("/{source}", methods=["GET", "HEAD"])
def board_list(request: Request, source: str, frame: PageFrame, failing: str = "", page: str = "1") -> Response:
    """Shows the boards of one source, those that fail first."""
    number = max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    row = next((row for row in _rows(request, frame)[0] if row.name == source), None)
    if row is None:
        return answer(request, Problem(status=404))
    with database_of(request).reading() as session:
        boards, total = receipts.board_receipts(session, source, failing=failing == "1", page=number)
        pages = max(1, ceil(total / receipts.PAGE_SIZE))
        if number > pages:
            number = pages
            boards, _ = receipts.board_receipts(session, source, failing=failing == "1", page=number)
    return show(
        request,
        "boards.html",
        frame,
        row=row,
        boards=boards,
        total=total,
        failing=failing == "1",
        number=number,
        pages=pages,
        age=lambda moment: formats.age(moment, frame.now),
    )


@router.post("/{source}/run")
def run_source(request: Request, source: str, viewer: FormChanger) -> Response:
    """Starts a scan of the source."""
    return _do(request, Frame(viewer=viewer, now=datetime.now(UTC)), lambda: _run(request, source), source)


@router.post("/{source}/pause")
def pause(request: Request, source: str, viewer: FormChanger) -> Response:
    """Asks the source no more until it is resumed."""
    now = datetime.now(UTC)
    return _do(request, Frame(viewer=viewer, now=now), lambda: control.pause(_db(request), source, now=now), source)


@router.post("/{source}/resume")
def resume(request: Request, source: str, viewer: FormChanger) -> Response:
    """Goes on asking the source, from now."""
    now = datetime.now(UTC)
    return _do(request, Frame(viewer=viewer, now=now), lambda: control.resume(_db(request), source, now=now), source)


def _db(request: Request) -> Database:
    return database_of(request)


def _run(request: Request, source: str | None) -> None:
    """A second click while the source is being scanned starts nothing."""
    with database_of(request).reading() as session:
        going_on = {name for scan in progress.current(session) for name in scan.sources}
    if not going_on or (source is not None and source not in going_on):
        control.run_now(settings_of(request), database_of(request), source)


def _do(request: Request, frame: Frame, action: Callable[[], object], source: str = "") -> Response:
    if source and source not in SOURCES:
        return answer(request, Problem(status=404))
    try:
        action()
    except ScoutError as error:
        return _show_list(request, frame, problem=_sentence(error))
    return RedirectResponse("/sources", 303)


def _show_list(request: Request, frame: Frame, *, problem: str = "") -> Response:
    rows, broken = _rows(request, frame)
    with database_of(request).reading() as session:
        scans = [_scan(scan) for scan in progress.current(session)]
    return show(
        request,
        "sources.html",
        frame,
        status_code=409 if problem else 200,
        rows=[row for row in rows if (row.boards or broken) and not row.off],
        empty=[row for row in rows if not row.boards and not row.off and not broken],
        off=[row for row in rows if row.off],
        scanned=any(row.receipt and row.receipt.scanned for row in rows),
        scans=scans,
        problem=problem or broken,
    )


def _sentence(error: ScoutError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _rows(request: Request, frame: Frame) -> tuple[list[SourceRow], str]:
    """A row for each source, and what is wrong with the list of boards."""
    settings, broken = settings_of(request), ""
    try:
        listed = Counter(board.source for board in all_boards(settings))
    except BoardsFileError as error:
        listed, broken = Counter(), _sentence(error)
    with database_of(request).reading() as session:
        found = {receipt.source: receipt for receipt in receipts.source_receipts(session)}
        states = {state.name: state for state in source_states(session, settings, frame.now)}
    names = sorted({*SOURCES, *found} - {SAMPLES}, key=lambda name: source_name(name).casefold())
    rows = [
        _row(name, found.get(name), states.get(name), boards=listed[name], off=_off(name, settings), now=frame.now)
        for name in names
    ]
    return rows, broken


def _row(
    name: str,
    receipt: receipts.SourceReceipt | None,
    state: SourceState | None,
    *,
    boards: int,
    off: str,
    now: datetime,
) -> SourceRow:
    source = SOURCES.get(name)
    how = state.state if state else State.UNKNOWN
    failing = receipt is not None and receipt.failing > 0 and how is State.FRESH
    return SourceRow(
        name=name,
        label=source_name(name),
        colour="warning" if failing else STATE_COLOURS[how],
        words="Partly failing" if failing else _WORDS[how],
        paused=how is State.PAUSED,
        boards=receipt.boards if receipt else boards,
        off=off,
        receipt=receipt,
        last_success=moment(state.last_success, now) if state and state.last_success else None,
        next_run=_next_run(state, now),
        every=formats.duration(state.cadence) if state else "",
        docs=source.docs if source else "",
        terms=source.terms if source else "",
        attribution=source.attribution if source else "",
    )


def _off(name: str, settings: Any) -> str:
    return SOURCES[name].off_reason(settings) if name in SOURCES else ""


def _next_run(state: SourceState | None, now: datetime) -> str:
    if state is None or state.state is State.PAUSED:
        return ""
    if state.running:
        return "now"
    if state.next_run is None:
        return ""
    return f"in {formats.span(now, state.next_run)}" if state.next_run > now else "due"


async def _tell(request: Request, database: Database) -> AsyncIterator[str]:
    before = None
    for number in range(int(WATCHED_FOR / TOLD_EVERY)):
        if await request.is_disconnected():
            return
        text = await asyncio.to_thread(_told, database)
        if text != before:
            yield f"data: {text}\n\n"
        elif number % 15 == 0:
            yield ": still there\n\n"
        before = text
        await asyncio.sleep(TOLD_EVERY)


def _told(database: Database) -> str:
    with database.reading() as session:
        return json.dumps({"scans": [_scan(scan) for scan in progress.current(session)]})


def _scan(scan: progress.Progress) -> dict[str, object]:
    parts = scan.sources.values()
    return {
        "id": scan.scan_id,
        "boards": scan.boards,
        "done": scan.done,
        **{name: sum(getattr(part, name) for part in parts) for name in ("fetched", "new", "changed", "errors")},
        "sources": {name: [part.done, part.boards] for name, part in scan.sources.items()},
    }
