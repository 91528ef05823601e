"""Templates: one strict environment, and the frame that every page shares."""

import hashlib
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from iam_job_scout import __version__
from iam_job_scout.scan.freshness import SourceState, State, source_states
from iam_job_scout.web import formats
from iam_job_scout.web.session import Reader, Viewer, database_of, settings_of
from iam_job_scout.web.views import STATUS_NAMES

HERE = Path(__file__).parent
STATIC_DIR = HERE / "static"

#: Parts of pages that are kept, such as the column of filters, of 15 KB each.
_PARTS = 500

#: How the pages colour a state, and for how many seconds what every page says of all sources together is good.
STATE_COLOURS = {
    State.FRESH: "good",
    State.LATE: "warning",
    State.DARK: "bad",
    State.UNKNOWN: "none",
    State.PAUSED: "none",
}
FRESH_FOR = 5.0


@dataclass(frozen=True)
class Freshness:
    """Whether all sources answered lately: `state` is none, good, warning or bad. `scanning`: one is asked just now."""

    state: str
    words: str
    scanning: bool = False


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What every page knows: who looks, when, and how fresh the sources are."""

    viewer: Viewer
    now: datetime
    freshness: Freshness | None = None


class Pages:
    """The templates of the app; made once by `mount_pages`."""

    def __init__(self) -> None:
        self._environment = _environment()

    def render(self, template: str, **values: object) -> str:
        """Returns a rendered template. Raises jinja2.UndefinedError for a value that is missing."""
        return self._environment.get_template(template).render(values)


@cache
def _environment() -> Environment:
    # One for all apps of a process: what takes time is compiling the templates.
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"asset": asset, "part": kept_part, "version": __version__, "status_names": STATUS_NAMES}
    made.filters |= {
        "number": formats.number,
        "plural": formats.plural,
        "exact": formats.exact,
        "ago": formats.ago,
        "day": formats.day,
    }
    return made


def part(template: str, **values: object) -> Markup:
    """Returns a part of a page that depends on these values alone."""
    return Markup(_environment().get_template(template).render(values))  # noqa: S704 - the template escapes


def macro(template: str, name: str) -> Callable[..., Markup]:
    """Returns a macro of a template that asks for nothing else."""
    found: Callable[..., Markup] = getattr(_environment().get_template(template).module, name)
    return found


@lru_cache(maxsize=_PARTS)
def kept_part(template: str, **values: Hashable) -> Markup:
    """Returns a part of a page, rendered once for equal values."""
    return part(template, **values)


def page_frame(request: Request, viewer: Viewer) -> Frame:
    """The frame of a page that the viewer may read."""
    return Frame(viewer=viewer, now=datetime.now(UTC), freshness=_known_freshness(request) or _read_freshness(request))


async def _page_frame(request: Request, viewer: Reader) -> Frame:
    # A thread is asked only where the database must be.
    if _known_freshness(request) is None:
        return await run_in_threadpool(page_frame, request, viewer)
    return page_frame(request, viewer)


PageFrame = Annotated[Frame, Depends(_page_frame)]


def show(request: Request, template: str, frame: Frame, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """Returns a page or a part of one; what a signed-in person sees is kept in no cache."""
    pages: Pages = request.app.state.pages
    html = pages.render(template, frame=frame, viewer=frame.viewer, path=request.url.path, here=here(request), **values)
    cache = "private, no-store" if frame.viewer.signed_in else "no-cache"
    return HTMLResponse(html, status_code, {"cache-control": cache, "vary": "Cookie, HX-Request"})


def wants_part(request: Request) -> bool:
    """Whether htmx asks for a part of the page rather than a browser for all of it."""
    return request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers


def freshness(states: Iterable[SourceState]) -> Freshness:
    """Sums up how the sources are that are not paused."""
    by_state: dict[State, list[str]] = {}
    scanning = False
    for state in states:
        scanning = scanning or state.running is not None
        by_state.setdefault(state.state, []).append(state.label)
    late, dark = by_state.get(State.LATE, []), by_state.get(State.DARK, [])
    named = [f"{word}: {', '.join(names)}" for word, names in (("Dark", dark), ("Late", late)) if names]
    if named:
        return Freshness("bad" if dark else "warning", "; ".join(named), scanning)
    fresh = len(by_state.get(State.FRESH, []))
    if fresh:
        return Freshness("good", f"{formats.plural(fresh, 'source')} fresh", scanning)
    return Freshness("none", "No source has been scanned yet", scanning)


def _known_freshness(request: Request) -> Freshness | None:
    """Read once in five seconds: every page shows it, and counting thousands of boards takes longer than most pages."""
    until: float
    until, known = getattr(request.app.state, "freshness", (0.0, None))
    return known if time.monotonic() < until else None


def _read_freshness(request: Request) -> Freshness:
    with database_of(request).reading() as session:
        known = freshness(source_states(session, settings_of(request), datetime.now(UTC)))
    request.app.state.freshness = (time.monotonic() + FRESH_FOR, known)
    return known


@lru_cache
def asset(name: str) -> str:
    """Returns the address of a static file, with its content's hash so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC_DIR / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def here(request: Request) -> str:
    """Returns the address of the request within the site."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
