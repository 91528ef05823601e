"""/api/v1/sources and /api/v1/scans: how fresh sources are, what scans found, and starting and stopping them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from iam_job_scout.api.route import BEARER, ApiRoute, problems
from iam_job_scout.db.models import Scan, ScanBoard
from iam_job_scout.errors import ScoutError
from iam_job_scout.scan import control
from iam_job_scout.scan.freshness import BoardFreshness, SourceState, board_freshness, source_states
from iam_job_scout.scan.runs import ScanSummary, summarise
from iam_job_scout.sources.registry import get_source
from iam_job_scout.web.session import Changer, database_of, reader, settings_of

router = APIRouter(prefix="/api/v1", tags=["sources"], route_class=ApiRoute, dependencies=[BEARER])

ScanId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
#: Boards, and scans, of one answer.
PAGE = 100


class SourceItem(BaseModel):
    """A source: `state` is fresh, late, dark, unknown or paused; `cadence_seconds` is how often it is asked."""

    name: str
    label: str
    state: str
    cadence_seconds: float
    boards: int
    boards_fresh: int
    boards_late: int
    boards_dark: int
    last_success: datetime | None
    next_run: datetime | None
    paused_at: datetime | None
    running_scan: str | None


class ReceiptItem(BaseModel):
    """What one board gave in one scan; `kept_open` says why nothing was closed, empty where closing was allowed."""

    model_config = ConfigDict(from_attributes=True)

    scan_id: str
    finished_at: datetime | None
    fetched: int
    unique: int
    advertised: int | None
    pages: int
    complete: bool
    truncated: bool
    not_modified: bool
    accepted: int
    rejected: int
    duplicates: int
    new: int
    changed: int
    closed: int
    errors: int
    kept_open: str
    error_type: str | None
    error: str | None


class BoardItem(BaseModel):
    """A board with its newest receipt."""

    id: int
    token: str
    company: str
    state: str
    last_success: datetime | None
    receipt: ReceiptItem | None


class BoardList(BaseModel):
    """A page of boards by company; `next` is the number to ask on from, null at the end."""

    items: list[BoardItem]
    total: int
    next: int | None


class SourceCounts(BaseModel):
    """What a scan found at one source; fetched = accepted + rejected + duplicates."""

    model_config = ConfigDict(from_attributes=True)

    status: str
    boards: int
    done: int
    fetched: int
    accepted: int
    rejected: int
    duplicates: int
    new: int
    changed: int
    unchanged: int
    closed: int
    errors: int


class ScanItem(BaseModel):
    """A scan in the list of scans."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    trigger: str
    started_at: datetime
    finished_at: datetime | None


class ScanFull(ScanItem):
    """A scan with what it found so far, by source."""

    sources: dict[str, SourceCounts]


class ScanWish(BaseModel):
    """What to scan; without a source, all that are not paused."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = None


class Started(BaseModel):
    """The scan that was asked for."""

    scan_id: str


class Cancelled(BaseModel):
    """How many boards will not be asked any more."""

    boards: int


def known_source(source: Annotated[str, Path(max_length=40)]) -> str:
    """The name of a source that exists."""
    try:
        get_source(source)
    except ScoutError as error:
        raise HTTPException(404, "There is no such source.") from error
    return source


Source = Annotated[str, Depends(known_source)]


@router.get("/sources", dependencies=[Depends(reader)], responses=problems())
def list_sources(request: Request) -> list[SourceItem]:
    """Lists the sources by name."""
    with database_of(request).reading() as session:
        states = source_states(session, settings_of(request), datetime.now(UTC))
    return [_source(state) for state in states]


@router.get("/sources/{source}/boards", dependencies=[Depends(reader)], responses=problems(404))
def list_boards(request: Request, source: Source, after: Annotated[int, Query(ge=0, le=1_000_000)] = 0) -> BoardList:
    """Lists the boards of a source, a hundred at a time."""
    with database_of(request).reading() as session:
        found = board_freshness(session, settings_of(request), source, datetime.now(UTC))
    page = found[after : after + PAGE]
    more = after + len(page) < len(found)
    return BoardList(items=[_board(b) for b in page], total=len(found), next=after + len(page) if more else None)


@router.post("/sources/{source}/pause", status_code=204, responses=problems(404))
def pause_source(request: Request, _: Changer, source: Source) -> None:
    """Stops asking the source until it is resumed; a scan of it that goes on is ended."""
    control.pause(database_of(request), source, now=datetime.now(UTC))


@router.post("/sources/{source}/resume", status_code=204, responses=problems(404))
def resume_source(request: Request, _: Changer, source: Source) -> None:
    """Goes on asking the source, at once."""
    control.resume(database_of(request), source, now=datetime.now(UTC))


@router.get("/scans", dependencies=[Depends(reader)], responses=problems())
def list_scans(request: Request, limit: Annotated[int, Query(ge=1, le=PAGE)] = 20) -> list[ScanItem]:
    """Lists the last scans, the newest first."""
    with database_of(request).reading() as session:
        scans = session.scalars(select(Scan).order_by(Scan.started_at.desc(), Scan.id).limit(limit))
        return [ScanItem.model_validate(scan) for scan in scans]


@router.post("/scans", status_code=202, responses=problems(404, 409))
def start_scan(request: Request, wish: ScanWish, _: Changer) -> Started:
    """Asks for a scan now, of whichever engine runs; the answer comes before it begins."""
    source = known_source(wish.source) if wish.source is not None else None
    return Started(scan_id=control.run_now(settings_of(request), database_of(request), source))


@router.get("/scans/{scan_id}", dependencies=[Depends(reader)], responses=problems(404))
def show_scan(request: Request, scan_id: ScanId) -> ScanFull:
    """Shows a scan with what it found so far."""
    with database_of(request).reading() as session:
        scan, summary = session.get(Scan, scan_id), summarise(session, scan_id)
        if scan is None or summary is None:
            raise HTTPException(404, "There is no such scan.")
        return _scan(scan, summary)


@router.post("/scans/{scan_id}/cancel", responses=problems(404))
def cancel_scan(request: Request, scan_id: ScanId, _: Changer) -> Cancelled:
    """Ends a scan: boards that were not asked yet will not be; what is stored stays."""
    database = database_of(request)
    with database.reading() as session:
        if session.get(Scan, scan_id) is None:
            raise HTTPException(404, "There is no such scan.")
    return Cancelled(boards=control.cancel(database, scan_id, now=datetime.now(UTC)))


def _source(state: SourceState) -> SourceItem:
    return SourceItem(
        name=state.name,
        label=state.label,
        state=state.state,
        cadence_seconds=state.cadence.total_seconds(),
        boards=state.boards,
        boards_fresh=state.fresh,
        boards_late=state.late,
        boards_dark=state.dark,
        last_success=state.last_success,
        next_run=state.next_run,
        paused_at=state.paused_at,
        running_scan=state.running,
    )


def _board(board: BoardFreshness) -> BoardItem:
    receipt: ScanBoard | None = board.receipt
    return BoardItem(
        id=board.id,
        token=board.token,
        company=board.company,
        state=board.state,
        last_success=board.last_success,
        receipt=None if receipt is None else ReceiptItem.model_validate(receipt),
    )


def _scan(scan: Scan, summary: ScanSummary) -> ScanFull:
    known: dict[str, Any] = ScanItem.model_validate(scan).model_dump()
    sources = {name: SourceCounts.model_validate(found) for name, found in summary.sources.items()}
    return ScanFull(**known, sources=sources)
