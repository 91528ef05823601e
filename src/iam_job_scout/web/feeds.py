"""The feeds of saved searches, Atom (RFC 4287) and JSON Feed 1.1, for readers that cannot sign in: their address is a
secret."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from iam_job_scout.db.models import Job, SavedSearch
from iam_job_scout.notify.searches import search_of_feed
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import Pages
from iam_job_scout.web.sanitise import safe_description
from iam_job_scout.web.saved import newest_jobs
from iam_job_scout.web.session import database_of, settings_of
from iam_job_scout.web.trail import refuse

router = APIRouter(include_in_schema=False)

#: Jobs of a feed; readers ask more often than so many come.
FEED_SIZE = 50
#: Seconds for which a reader need not ask again.
FRESH_SECONDS = 300


@router.api_route("/feeds/{secret}.atom", methods=["GET", "HEAD"])
def atom(request: Request, secret: str) -> Response:
    """Answers with the newest jobs of the search as Atom."""
    found = _read(request, secret)
    if found is None:
        return answer(request, Problem(status=404))
    search, jobs = found
    pages: Pages = request.app.state.pages
    body = pages.render(
        "feed.atom", search=search, jobs=jobs, home=settings_of(request).shown_url, updated=_updated(search, jobs),
        description=safe_description,
    )  # fmt: skip
    return _answer(request, Response(body, media_type="application/atom+xml; charset=utf-8"))


@router.api_route("/feeds/{secret}.json", methods=["GET", "HEAD"])
def json_feed(request: Request, secret: str) -> Response:
    """Answers with the newest jobs of the search as a JSON Feed."""
    found = _read(request, secret)
    if found is None:
        return answer(request, Problem(status=404))
    search, jobs = found
    home = settings_of(request).shown_url
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{search.name} · IAM Job Scout",
        "home_page_url": f"{home}/?{search.query}",
        "items": [_item(job, home) for job in jobs],
    }
    return _answer(request, JSONResponse(feed, media_type="application/feed+json"))


def _read(request: Request, secret: str) -> tuple[SavedSearch, Sequence[Job]] | None:
    with database_of(request).reading() as session:
        search = search_of_feed(session, secret)
        if search is None:
            refuse(request, "feed", detail="a feed that does not exist, or not any more")
            return None
        jobs = newest_jobs(session, search.query, user_id=search.user_id, limit=FEED_SIZE)
        session.expunge_all()
        return search, jobs


def _answer(request: Request, response: Response) -> Response:
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:24]}"'
    headers = {"etag": tag, "cache-control": f"private, max-age={FRESH_SECONDS}"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _item(job: Job, home: str) -> dict[str, object]:
    return {
        "id": f"{home}/job/{job.id}",
        "url": f"{home}/job/{job.id}",
        "external_url": job.url,
        "title": _title(job),
        "content_html": safe_description(job.description),
        "date_published": (job.posted_at or job.first_seen).isoformat(),
        "tags": [str(skill) for skill in job.skills],
    }


def _title(job: Job) -> str:
    return " · ".join(part for part in (job.title or "Untitled posting", job.company, job.location) if part)


def _updated(search: SavedSearch, jobs: Sequence[Job]) -> datetime:
    return max((job.first_seen for job in jobs), default=search.created_at).astimezone(UTC)
