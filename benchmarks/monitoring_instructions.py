"""How many instructions instrumentation adds to a request, which no busy neighbour changes.

    python benchmarks/monitoring_instructions.py [--requests 2000] [--json]

Needs valgrind. Each contender is put around an app that does nothing but send a response, so that what is added stands
out, and is called over the bare protocol; counted are the instructions of the whole process with some requests less
those with none. Time follows them loosely: cold code costs more than its instructions.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Coroutine, MutableMapping
from contextvars import copy_context
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from instructions import count, need_valgrind

WARM_UP = 500

Message = MutableMapping[str, Any]
App = Callable[[Message, Any, Any], Coroutine[Any, Any, None]]


class Connection:
    """Stands for the server's side of a request, with the state that uvicorn keeps."""

    disconnected = False
    response_started = True

    async def receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        pass


async def app(scope: Message, receive: Any, send: Any) -> None:
    """What is left of FastAPI where only its marks on the scope matter."""
    scope.update(MARKS)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def endpoint() -> None:
    """The endpoint that the marks name."""


MARKS = {"route": SimpleNamespace(path="/items/{number}", endpoint=endpoint), "endpoint": endpoint, "path_params": {}}


def bare() -> App:
    """Nothing at all."""
    return app


def plain() -> App:
    """The least that measures: one accumulator for each method, route and status."""
    kept: dict[tuple[str, str, int], list[float]] = {}

    async def measured(scope: Message, receive: Any, send: Any) -> None:
        started, status = perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await app(scope, receive, watched)
        found = kept.setdefault((scope["method"], scope["route"].path, status), [0.0, 0.0])
        found[0] += 1
        found[1] += perf_counter() - started

    return measured


def ours() -> App:
    """The middleware with everything that a request pays for."""
    from iam_job_scout.monitoring import PrometheusMiddleware

    return PrometheusMiddleware(app)


def in_python() -> App:
    """The same, with the short way of a request in Python instead of compiled."""
    os.environ["MONITORING_COMPILED"] = "0"
    return ours()


CONTENDERS: dict[str, Callable[[], App]] = {function.__name__: function for function in (bare, plain, ours, in_python)}


def ask(instrumented: App, times: int) -> None:
    """Call the app this many times, each in a context of its own, as uvicorn does."""
    connection = Connection()
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": "/items/7", "query_string": b"",
        "root_path": "", "scheme": "http", "headers": [], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        "asgi": {},
    }  # fmt: skip

    def request() -> None:
        call = instrumented(dict(scope), connection.receive, connection.send)
        try:
            call.send(None)
        except StopIteration:
            return
        raise RuntimeError("the app waited for something")

    for _ in range(times):
        copy_context().run(request)


def instructions(name: str, requests: int) -> int:
    """Instructions of a process that answers so many requests."""
    return count(__file__, ["--ask", name, str(requests)])


def added(requests: int) -> dict[str, int]:
    """Instructions of a request of the bare app, and what the others add to it."""
    each = {
        name: (instructions(name, WARM_UP + requests) - instructions(name, WARM_UP)) // requests for name in CONTENDERS
    }
    return {name: total - (each["bare"] if name != "bare" else 0) for name, total in each.items()}


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.ask:
        ask(CONTENDERS[chosen.ask[0]](), int(chosen.ask[1]))
        return
    need_valgrind()
    counts = added(chosen.requests)
    if chosen.json:
        print(json.dumps(counts))
        return
    print("instructions of a request, and what is added")
    for name, total in counts.items():
        print(f"  {name:<10}{total:>+9,}" if name != "bare" else f"  {name:<10}{total:>9,}")


if __name__ == "__main__":
    main()
