"""The client as the sources meet it: tries, conditions, redirects and what it says about itself."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest
from aiohttp import web

from iam_job_scout import __version__
from iam_job_scout.errors import (
    BadPayload,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    RateLimited,
    ServerFailed,
    UnsafeRedirect,
)
from iam_job_scout.monitoring.testing import watching
from iam_job_scout.settings import Settings
from iam_job_scout.sources.client import (
    RETRY_AFTER_CAP_SECONDS,
    Answer,
    Api,
    Request,
    UpstreamClient,
    retry_pause,
    upstream_url,
    user_agent,
)

from .conftest import Upstream, WithClient

API = Api("testsource", per_second=1000, concurrency=10)
ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def request(url: str = "https://api.example.com/v1/jobs?page=2", **options: Any) -> Request:
    return Request(api=API, endpoint="/v1/jobs", url=url, **options)


def get(**options: Any) -> Any:
    """A use of the client: one GET whose JSON is returned."""

    async def use(client: UpstreamClient) -> Answer[Any]:
        return await client.get_json(request(**options), ANY)

    return use


def failing_first(count: int, **failure: Any) -> Any:
    answered = 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal answered
        answered += 1
        return web.Response(**failure) if answered <= count else web.json_response({"ok": True})

    return answer


def test_an_upstream_gets_host_path_and_query(upstream: Upstream, with_client: WithClient) -> None:
    upstream.send("[]")
    with_client(get())
    assert upstream.paths == ["/api.example.com/v1/jobs?page=2"]


def test_an_upstream_may_have_a_path_of_its_own() -> None:
    url = upstream_url("https://api.example.com:8443/a%2Fb?c", upstream="http://gateway/replay")
    assert url == "http://gateway/replay/api.example.com:8443/a%2Fb?c"


def test_requests_say_who_sends_them(upstream: Upstream, with_client: WithClient) -> None:
    upstream.send("[]")
    with_client(get())
    headers = upstream.requests[0][1]
    assert headers["User-Agent"].startswith(f"iam-job-scout/{__version__} (")
    assert headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"contact": "me@example.org", "public_url": "https://scout.example.org"}, "me@example.org"),
        ({"public_url": "https://scout.example.org"}, "https://scout.example.org"),
    ],
)
def test_the_sources_learn_whom_to_write_to(
    changes: dict[str, str], named: str, upstream: Upstream, with_client: WithClient
) -> None:
    upstream.send("[]")
    with_client(get(), **changes)
    assert upstream.requests[0][1]["User-Agent"].endswith(f"; {named})")


def test_answers_are_told_to_a_recorder_before_they_are_read(upstream: Upstream, settings: Settings) -> None:
    told: list[tuple[str, bytes]] = []
    upstream.send("<html>")

    async def main() -> None:
        local = settings.model_copy(update={"upstream": upstream.url})
        async with UpstreamClient(local, recorder=lambda sent, body: told.append((sent.url, body))) as client:
            await client.get_json(request(), ANY)

    with pytest.raises(BadPayload):
        asyncio.run(main())
    assert told == [("https://api.example.com/v1/jobs?page=2", b"<html>")]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b"", "rate_limited"),
        (503, b"", "server_error"),
        (403, b"", "blocked"),
        (200, b"<html>", "bad_payload"),
        (200, b" " * 1_100_000, "too_large"),
    ],
)
def test_failures_are_counted_under_the_words_of_the_errors(
    status: int, body: bytes, kind: str, upstream: Upstream, with_client: WithClient
) -> None:
    upstream.send(body, status=status)
    with watching() as seen, pytest.raises(FetchError) as raised:
        with_client(get())
    assert raised.value.error_type == kind
    assert seen.delta("external_api_errors_total", api_name="testsource", error_type=kind) >= 1
    assert seen.delta("external_api_errors_total", api_name="testsource", error_type="other") == 0


def test_a_body_is_posted_as_json(upstream: Upstream, with_client: WithClient) -> None:
    async def echo(received: web.Request) -> web.Response:
        return web.json_response([received.method, received.content_type, await received.json()])

    upstream.answer = echo
    answer = with_client(get(body=b'{"limit": 20}'))
    assert answer.value == ["POST", "application/json", {"limit": 20}]


def test_bytes_come_as_they_are(upstream: Upstream, with_client: WithClient) -> None:
    upstream.send("<rss/>")

    async def use(client: UpstreamClient) -> Answer[bytes]:
        return await client.get_bytes(request())

    assert with_client(use).value == b"<rss/>"


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_tried_again(
    status: int, failures: int, upstream: Upstream, with_client: WithClient
) -> None:
    upstream.answer = failing_first(failures, status=status)
    assert with_client(get()).value == {"ok": True}
    assert len(upstream.requests) == failures + 1


def test_three_tries_are_all(upstream: Upstream, with_client: WithClient) -> None:
    upstream.answer = failing_first(3, status=500)
    with pytest.raises(ServerFailed):
        with_client(get())
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("failure", [{"status": 403}, {"status": 404}, {"status": 200, "body": b"<html>"}])
def test_a_lasting_failure_is_not_tried_again(
    failure: dict[str, Any], upstream: Upstream, with_client: WithClient
) -> None:
    upstream.answer = failing_first(1, **failure)
    with pytest.raises(FetchError):
        with_client(get())
    assert len(upstream.requests) == 1


def test_a_refused_connection_is_a_failed_one(with_client: WithClient, free_port: int) -> None:
    with pytest.raises(ConnectFailed, match=r"api\.example\.com"):
        with_client(get(), upstream=f"http://127.0.0.1:{free_port}")


def test_the_time_limit_holds_for_the_whole_body(upstream: Upstream, with_client: WithClient) -> None:
    async def dripping(received: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(received)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    upstream.answer = dripping
    with pytest.raises(FetchTimeout):
        with_client(get(), source_timeout=0.1)


def test_a_pause_is_at_least_what_the_source_asks_for() -> None:
    pause = retry_pause(RateLimited("slow down", retry_after=4), attempt=1)
    assert pause is not None
    assert 4 <= pause <= 5


def test_too_long_a_rest_is_left_to_the_next_scan() -> None:
    assert retry_pause(ServerFailed("down", retry_after=RETRY_AFTER_CAP_SECONDS + 1), attempt=1) is None


def test_there_is_no_pause_after_the_last_try() -> None:
    assert retry_pause(FetchTimeout("late"), attempt=3) is None


def test_a_condition_is_sent_and_its_answer_understood(upstream: Upstream, with_client: WithClient) -> None:
    upstream.send(b"", status=304)
    condition = ('"v1"', "Wed, 01 Apr 2026 00:00:00 GMT")
    answer = with_client(get(validators=condition))
    assert (answer.value, answer.validators) == (None, condition)
    headers = upstream.requests[0][1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == condition


def test_validators_of_an_answer_are_kept(upstream: Upstream, with_client: WithClient) -> None:
    upstream.send("[]", headers={"ETag": 'W/"7"'})
    assert with_client(get()).validators == ('W/"7"', "")
    upstream.send("[]")
    assert with_client(get()).validators is None


def moved(upstream: Upstream, places: dict[str, str], *, status: int = 302) -> None:
    """Answers each path of `places` with a redirect, any other with its own path."""

    async def answer(received: web.Request) -> web.Response:
        target = places.get(received.path)
        if target is None:
            return web.json_response(received.path_qs)
        return web.Response(status=status, headers={"Location": target})

    upstream.answer = answer


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/v2/jobs?x=1", "/api.example.com/v2/jobs?x=1"),
        ("jobs2", "/api.example.com/v1/jobs2"),
        ("?page=3", "/api.example.com/v1/jobs?page=3"),
        ("//api2.example.com/jobs", "/api2.example.com/jobs"),
        ("https://eu.example.com/v1/jobs", "/eu.example.com/v1/jobs"),
        ("/api.example.com/v2/jobs", "/api.example.com/v2/jobs"),
        ("{upstream}/eu.example.com/v1/jobs", "/eu.example.com/v1/jobs"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_read_as_the_source_meant_it(
    status: int, location: str, asked: str, upstream: Upstream, with_client: WithClient
) -> None:
    target = location.replace("{upstream}", upstream.url)
    where = "/api.example.com/v1/jobs"

    async def answer(received: web.Request) -> web.Response:
        first = received.path == where and received.query_string == "page=2"
        return web.Response(status=status, headers={"Location": target}) if first else web.json_response("there")

    upstream.answer = answer
    assert with_client(get()).value == "there"
    assert upstream.paths == [f"{where}?page=2", asked]


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "ftp://example.com/",
        "http://user@example.com/",
        "https://[broken",
    ],
)
def test_nothing_is_sent_to_an_unsafe_target(location: str, upstream: Upstream, with_client: WithClient) -> None:
    moved(upstream, {"/api.example.com/v1/jobs": location})
    with pytest.raises(UnsafeRedirect):
        with_client(get())
    assert len(upstream.requests) == 1


def test_at_most_five_redirects_are_followed(upstream: Upstream, with_client: WithClient) -> None:
    hops = {f"/api.example.com/{hop}": f"/{hop + 1}" for hop in range(6)}
    moved(upstream, hops)
    assert with_client(get(url="https://api.example.com/1")).value == "/api.example.com/6"
    with pytest.raises(UnsafeRedirect, match="more than 5 times"):
        with_client(get(url="https://api.example.com/0"))


def test_keys_are_not_sent_to_another_host(upstream: Upstream, with_client: WithClient) -> None:
    moved(upstream, {"/api.example.com/v1/jobs": "https://other.example.com/"})
    with_client(get(headers={"Authorization-Key": "secret"}))
    assert ["Authorization-Key" in headers for _, headers in upstream.requests] == [True, False]


def test_a_post_is_not_redirected(upstream: Upstream, with_client: WithClient) -> None:
    moved(upstream, {"/api.example.com/v1/jobs": "/elsewhere"})
    with pytest.raises(UnsafeRedirect):
        with_client(get(body=b"{}"))


def without_upstream(url: str, settings: Settings) -> FetchError:
    """The error of a request that is sent straight to the host of its URL."""

    async def main() -> None:
        async with UpstreamClient(settings.model_copy(update={"upstream": ""})) as client:
            await client.get_json(request(url=url), ANY)

    with pytest.raises(FetchError) as raised:
        asyncio.run(main())
    return raised.value


def test_a_name_that_leads_to_a_private_address_is_not_connected_to(
    upstream: Upstream, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(upstream.url.rpartition(":")[2])
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", port))])
    error = without_upstream(f"http://rebinding.example:{port}/", settings)
    assert type(error) is UnsafeRedirect
    assert upstream.requests == []


def test_a_private_address_is_not_connected_to(upstream: Upstream, settings: Settings) -> None:
    assert type(without_upstream(f"{upstream.url}/", settings)) is UnsafeRedirect
    assert upstream.requests == []


def test_large_bodies_take_turns_and_all_arrive(upstream: Upstream, with_client: WithClient) -> None:
    body = json.dumps(["x" * 1000] * 1500)
    upstream.send(body)

    async def use(client: UpstreamClient) -> list[Answer[Any]]:
        return await asyncio.gather(*(client.get_json(request(), ANY) for _ in range(6)))

    assert {len(answer.value) for answer in with_client(use, source_max_mb=2)} == {1500}


def test_a_lane_is_given_back_after_a_flood(upstream: Upstream, with_client: WithClient) -> None:
    async def use(client: UpstreamClient) -> Any:
        for _ in range(3):
            upstream.send(b" " * 1_500_000 + b"?")
            with pytest.raises(BadPayload):
                await client.get_json(request(), ANY)
        upstream.send(b" " * 1_500_000 + b"1")
        return await client.get_json(request(), ANY)

    assert with_client(use, source_max_mb=2).value == 1


def test_every_try_is_measured(upstream: Upstream, with_client: WithClient) -> None:
    upstream.answer = failing_first(2, status=503)
    with watching() as seen:
        with_client(get())
    assert seen.delta("external_api_requests_total", api_name="testsource", status="server_error") == 2
    assert seen.delta("external_api_requests_total", api_name="testsource", status="success") == 1
    assert seen.delta("external_api_duration_seconds_count", api_name="testsource", endpoint="/v1/jobs") == 3


def test_a_timeout_is_measured_as_one(upstream: Upstream, with_client: WithClient) -> None:
    async def late(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    upstream.answer = late
    with watching() as seen, pytest.raises(FetchTimeout):
        with_client(get(), source_timeout=0.05)
    assert seen.delta("external_api_errors_total", api_name="testsource", error_type="timeout") == 3


def test_a_cancelled_request_leaves_nothing_behind(upstream: Upstream, with_client: WithClient) -> None:
    async def late(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async def use(client: UpstreamClient) -> Any:
        upstream.answer = late
        task: asyncio.Task[Any] = asyncio.create_task(_get(client))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        upstream.send("[]")
        return await _get(client)

    assert with_client(use).value == []


def _get(client: UpstreamClient) -> Coroutine[Any, Any, Answer[Any]]:
    return client.get_json(request(), ANY)


def test_the_user_agent_is_honest_and_names_whom_to_write_to_where_it_is_known() -> None:
    assert user_agent("").startswith("iam-job-scout/")
    assert "me@example.org" in user_agent("me@example.org")
