"""The pages of the sources: what each gave at its last scan, board by board."""

from dataclasses import dataclass
from math import ceil

from fastapi import APIRouter, Request
from fastapi.responses import Response

from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web import formats, receipts
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import DARK, LATE, Frame, PageFrame, show
from iam_job_scout.web.session import database_of
from iam_job_scout.web.views import source_name

router = APIRouter(include_in_schema=False, prefix="/sources")

SAMPLES = "samples"


@dataclass(frozen=True)
class SourceRow:
    """A source with its receipt, or without one where it has no boards yet; `state` colours it."""

    name: str
    label: str
    state: str
    words: str
    receipt: receipts.SourceReceipt | None
    last_success: str
    last_success_at: str


@router.api_route("", methods=["GET", "HEAD"])
def source_list(request: Request, frame: PageFrame) -> Response:
    """Shows one row for each source that exists or that has boards."""
    with database_of(request).reading() as session:
        found = {receipt.source: receipt for receipt in receipts.source_receipts(session)}
    found.pop(SAMPLES, None)
    rows = [_row(name, found.get(name), frame) for name in sorted({*SOURCES, *found})]
    scanned = any(row.receipt and row.receipt.scanned for row in rows)
    return show(request, "sources.html", frame, rows=rows, scanned=scanned)


@router.api_route("/{source}", methods=["GET", "HEAD"])
def board_list(request: Request, source: str, frame: PageFrame, failing: str = "", page: str = "1") -> Response:
    """Shows the boards of one source, those that fail first."""
    number = min(max(int(page), 1), 100_000) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    with database_of(request).reading() as session:
        found = {receipt.source: receipt for receipt in receipts.source_receipts(session)}
        if source not in found and source not in SOURCES:
            return answer(request, Problem(status=404))
        boards, total = receipts.board_receipts(session, source, failing=failing == "1", page=number)
    return show(
        request,
        "boards.html",
        frame,
        row=_row(source, found.get(source), frame),
        boards=boards,
        total=total,
        failing=failing == "1",
        number=number,
        pages=max(1, ceil(total / receipts.PAGE_SIZE)),
        age=lambda moment: formats.age(moment, frame.now),
    )


def _row(name: str, receipt: receipts.SourceReceipt | None, frame: Frame) -> SourceRow:
    state, words = _state(receipt, frame)
    success = receipt.last_success if receipt else None
    return SourceRow(
        name=name,
        label=source_name(name),
        state=state,
        words=words,
        receipt=receipt,
        last_success=formats.ago(success, frame.now) if success else "",
        last_success_at=formats.exact(success) if success else "",
    )


def _state(receipt: receipts.SourceReceipt | None, frame: Frame) -> tuple[str, str]:
    if receipt is None or not receipt.scanned:
        return "none", "Not scanned yet"
    if receipt.last_success is None:
        return "bad", "Never succeeded"
    silent = frame.now - receipt.last_success
    if silent > DARK:
        return "bad", "Dark"
    if silent > LATE:
        return "warning", "Late"
    return ("warning", "Partly failing") if receipt.failing else ("good", "Fresh")
