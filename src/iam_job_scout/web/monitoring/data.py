"""What the page's scripts ask for: the numbers of known panels, and live values of this process.

The queries are those of the dashboards and nothing else: a request names dashboard and panel, a time, and which jobs
and instances.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any, TypeVar

import anyio
import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import Response

from iam_job_scout.errors import StackError
from iam_job_scout.stack import prometheus
from iam_job_scout.web.monitoring.access import looker
from iam_job_scout.web.monitoring.dashboards import Dashboard
from iam_job_scout.web.monitoring.live import live_values
from iam_job_scout.web.monitoring.questions import Prometheus
from iam_job_scout.web.monitoring.window import MAX_POINTS, Chosen, Window, WindowError, read_window
from iam_job_scout.web.session import reader, settings_of

router = APIRouter(prefix="/api/monitoring")
Given = TypeVar("Given")
Result = TypeVar("Result")
#: Labels of the app's own metrics that a person may choose by.
CHOSEN_BY = ("job", "instance")
#: Threads of one process that wait for Prometheus: it may be slow without holding up the app's other pages.
AT_ONCE = 8

Name = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Uid = Annotated[str, Path(max_length=80)]


def asked(
    request: Request,
    since: Annotated[str, Query(alias="from", max_length=20)] = "now-6h",
    until: Annotated[str, Query(alias="to", max_length=20)] = "now",
    points: Annotated[int, Query(ge=40, le=MAX_POINTS)] = 240,
    job: Annotated[tuple[Name, ...], Query(max_length=20)] = (),
    instance: Annotated[tuple[Name, ...], Query(max_length=50)] = (),
) -> Prometheus:
    """Whom to ask, with the time and the choice of the address. 422 for those that cannot be used."""
    try:
        window = read_window(since, until, points=points, now=time.time())
    except WindowError as error:
        raise HTTPException(422, str(error)) from error
    return Prometheus(prometheus.url(settings_of(request)), window, Chosen(job, instance))


Asked = Annotated[Prometheus, Depends(asked)]


@router.get("/dashboards/{uid}/panels/{panel_id}", dependencies=[Depends(looker)])
async def panel(request: Request, uid: Uid, panel_id: int, server: Asked) -> Response:
    """The series of each query of one panel; a query that fails brings its error, the others their series."""
    known = _dashboard(request, uid).panels.get(panel_id)
    if known is None:
        raise HTTPException(404, "There is no such panel.")
    results = await _each(request, server.answer, known.targets)
    return _json({**_window(server.window), "results": results})


@router.get("/dashboards/{uid}/marks", dependencies=[Depends(looker)])
async def marks(request: Request, uid: Uid, server: Asked) -> Response:
    """When processes started and scans ended, to be marked in every course."""
    shown = [mark for mark in _dashboard(request, uid).marks if mark.shown]
    try:
        found = await _each(request, server.moments, shown)
    except StackError as error:
        return _json({"marks": [], "error": str(error)})
    return _json({"marks": [moment for moments in found for moment in moments]})


@router.get("/choices", dependencies=[Depends(looker)])
async def choices(request: Request, server: Asked) -> Response:
    """The jobs and instances that were seen in the time, to choose from."""
    try:
        found = await _each(request, server.label_values, CHOSEN_BY)
    except StackError as error:
        return _json({label: [] for label in CHOSEN_BY} | {"error": str(error)})
    return _json(dict(zip(CHOSEN_BY, found, strict=True)))


@router.get("/live", dependencies=[Depends(reader)])
def live() -> Response:
    """The newest values that this process knows of itself, without Prometheus."""
    return _json({"time": time.time(), "values": live_values()})


async def _each(request: Request, call: Callable[[Given], Result], items: Iterable[Given]) -> list[Result]:
    """The result of the call for each item, all at once in threads."""
    limiter = _limiter(request)
    threads = anyio.to_thread
    asked = (threads.run_sync(partial(call, item), limiter=limiter, abandon_on_cancel=True) for item in items)
    return await asyncio.gather(*asked)


def _limiter(request: Request) -> anyio.CapacityLimiter:
    """The app's own: a limiter belongs to the event loop that first uses it."""
    state = request.app.state
    if not hasattr(state, "asking_prometheus"):
        state.asking_prometheus = anyio.CapacityLimiter(AT_ONCE)
    limiter: anyio.CapacityLimiter = state.asking_prometheus
    return limiter


def _dashboard(request: Request, uid: str) -> Dashboard:
    dashboards: dict[str, Dashboard] = request.app.state.dashboards
    if uid not in dashboards:
        raise HTTPException(404, "There is no such dashboard.")
    return dashboards[uid]


def _window(window: Window) -> dict[str, int]:
    return {"start": window.start, "end": window.end, "step": window.step}


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json", headers={"cache-control": "no-store"})
