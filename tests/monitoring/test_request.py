"""The short way of a request, in Python and compiled: both count the same, and leave the same to the long way."""

import gc
import importlib.util
import os
import shutil
import subprocess
import sys
from array import array
from collections.abc import Callable
from contextvars import copy_context
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import pytest

from iam_job_scout.monitoring import build as building
from iam_job_scout.monitoring.families import Child
from iam_job_scout.monitoring.phases import CURRENT
from iam_job_scout.monitoring.request import ENDED, MARK, SLOW_SECONDS, SUM, PythonRequest, configure

START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"hello"}
ROUTE = SimpleNamespace(path="/items/{number}")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The compiled twin, built afresh."""
    if not sys.platform.startswith("linux") or shutil.which("cc") is None:
        pytest.skip("there is no C compiler here")
    path = building.build(tmp_path_factory.mktemp("compiled"))
    assert path is not None, "there is a compiler, but the file does not compile"
    spec = importlib.util.spec_from_file_location("_request", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    configure(module)
    return module


class Case:
    """A request about to be answered, by one of the twins, and all that can be seen of it."""

    def __init__(self, base: type, slots: Callable[[], Any] = lambda: [0.0] * 40) -> None:
        self.errors: list[Exception] = []
        self.long_way: list[object] = []
        self.sent: list[object] = []
        self.in_progress, self.requests = Child(("GET",), slots()), Child(("GET", "/items", "200"), slots())
        self.cell = SimpleNamespace(requests=self.requests, exemplar_due=perf_counter() + 60)
        self.server = SimpleNamespace(disconnected=False)
        self.scope: dict[str, Any] = {"route": ROUTE, "root_path": "", "method": "GET"}
        self.recent: dict[int, Any] = {id(ROUTE) + 200: (ROUTE, ROUTE, self.in_progress, "", 200, self.cell)}
        case = self

        class Watched(base):
            def see(self, message: Any) -> None:
                case.long_way.append(message)
                self.recent = {}

            def broken(self, error: Exception) -> None:
                case.errors.append(error)

        self.kind = Watched
        self.request: Any = None

    def begin(self) -> None:
        """The request arrives."""
        self.request = self.kind(self.scope, self._onward, self, self.in_progress, self.server)

    def _onward(self, message: object) -> str:
        self.sent.append(message)
        return f"awaitable {len(self.sent)}"

    def outcome(self) -> dict[str, Any]:
        """What the twins must agree on; of the time that it took, only that it was counted."""
        counted = list(self.requests.slots)
        return {
            "in progress": self.in_progress.slots[0],
            "counted": [value for at, value in enumerate(counted) if at != SUM],
            "took time": counted[SUM] > 0,
            "ended": self.request.in_progress is None,
            "scope let go": self.request.scope is ENDED,
            "cell": self.request.cell is self.cell,
            "long way": self.long_way,
            "errors": [type(error).__name__ for error in self.errors],
            "sent": self.sent,
        }


def ordinary(case: Case) -> None:
    assert case.request.send(START) == f"awaitable {len(case.sent)}"
    assert case.request.send(BODY) == f"awaitable {len(case.sent)}"


def twice(case: Case) -> None:
    ordinary(case)
    case.request.send(BODY)


def body_first(case: Case) -> None:
    case.request.send(BODY)


def hint_first(case: Case) -> None:
    case.request.send({"type": "http.response.early_hint", "links": []})
    ordinary(case)


def in_chunks(case: Case) -> None:
    case.request.send(START)
    case.request.send(BODY | {"more_body": True})
    case.request.send(BODY)


def with_trailers(case: Case) -> None:
    case.request.send(START | {"trailers": True})
    case.request.send(BODY)


def a_file(case: Case) -> None:
    case.request.send(START)
    case.request.send({"type": "http.response.pathsend", "path": "/x"})


def without_a_body(case: Case) -> None:
    case.request.send(START)
    case.request.send({"type": "http.response.body"})


def client_gone(case: Case) -> None:
    case.server.disconnected = True
    ordinary(case)


def another_status(case: Case) -> None:
    case.request.send(START | {"status": 404})
    case.request.send(BODY)


def another_route(case: Case) -> None:
    case.scope["route"] = SimpleNamespace(path="/other")
    ordinary(case)


def no_route(case: Case) -> None:
    del case.scope["route"]
    ordinary(case)


def an_included_router(case: Case) -> None:
    context = SimpleNamespace(path="/v1/items")
    case.scope["fastapi"] = {"effective_route_context": context}
    case.recent[id(context) + 200] = (context, ROUTE, case.in_progress, "", 200, case.cell)
    ordinary(case)


def an_address_used_again(case: Case) -> None:
    case.recent[id(ROUTE) + 200] = (SimpleNamespace(), ROUTE, case.in_progress, "", 200, case.cell)
    ordinary(case)


def another_mount(case: Case) -> None:
    case.scope["root_path"] = "/mounted"
    ordinary(case)


def another_method(case: Case) -> None:
    case.recent[id(ROUTE) + 200] = (ROUTE, ROUTE, Child(("PUT",), [0.0]), "", 200, case.cell)
    ordinary(case)


def an_exemplar_is_due(case: Case) -> None:
    case.cell.exemplar_due = 0.0
    ordinary(case)


def with_phases(case: Case) -> None:
    case.request.clock = object()
    ordinary(case)


def slow(case: Case) -> None:
    case.request.started -= SLOW_SECONDS
    ordinary(case)


def not_so_quick(case: Case) -> None:
    case.request.started -= 0.03
    ordinary(case)


def marked_as_out_of_the_ordinary(case: Case) -> None:
    case.request.recent = {}
    ordinary(case)


WAYS = [
    ordinary, twice, body_first, hint_first, in_chunks, with_trailers, a_file, without_a_body, client_gone,
    another_status, another_route, no_route, an_included_router, an_address_used_again, another_mount, another_method,
    an_exemplar_is_due, with_phases, slow, not_so_quick, marked_as_out_of_the_ordinary,
]  # fmt: skip
SHORT = {ordinary, twice, an_included_router, not_so_quick}


def outcome(base: type, way: Callable[[Case], None], slots: Callable[[], Any]) -> dict[str, Any]:
    case = Case(base, slots)
    case.begin()
    way(case)
    return case.outcome()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("memory", [list, lambda: memoryview(array("d", [0.0] * 40))], ids=["own", "shared"])
def test_the_twins_agree(compiled: Any, way: Callable[[Case], None], memory: Callable[[], Any]) -> None:
    slots = (lambda: [0.0] * 40) if memory is list else memory
    seen = outcome(compiled.Request, way, slots)
    assert seen == outcome(PythonRequest, way, slots)
    assert seen["ended"] is (way in SHORT)
    assert not seen["errors"]


def test_both_take_a_status_by_its_name_for_its_number(compiled: Any) -> None:
    for base in (PythonRequest, compiled.Request):
        case = Case(base)
        case.begin()
        case.request.send(START | {"status": HTTPStatus.OK})
        case.request.send(BODY)
        # One of them may leave it to the long way; neither may lose it.
        assert case.request.in_progress is None or case.long_way == [BODY]


@pytest.mark.parametrize("attribute", ["see", "server", "cell"])
def test_what_fails_within_is_told_and_the_message_goes_on(compiled: Any, attribute: str) -> None:
    for base in (PythonRequest, compiled.Request):
        case = Case(base)
        case.begin()
        if attribute == "see":
            case.kind.see = lambda self, message: 1 / 0
            case.request.recent = {}
        elif attribute == "server":
            case.request.server = None
        else:
            del case.cell.requests
        case.request.send(START)
        assert case.request.send(BODY) == "awaitable 2"
        assert len(case.errors) == 1


def test_what_is_not_a_dictionary_is_left_to_the_long_way(compiled: Any) -> None:
    case = Case(compiled.Request)
    case.begin()
    case.request.send(SimpleNamespace())
    case.request.start = case.request.scope = SimpleNamespace()
    case.request.send(BODY)
    assert len(case.long_way) == 2
    assert not case.errors


def test_a_request_that_was_never_begun_says_so_instead_of_crashing(compiled: Any) -> None:
    with pytest.raises(AttributeError):
        compiled.Request.__new__(compiled.Request).send(START)
    with pytest.raises(TypeError):
        compiled.Request(1, 2)
    with pytest.raises(AttributeError, match="measure"):
        compiled.Middleware()({}, Server().receive, send)


def arrivals(compiled: Any) -> None:
    arrive(compiled, http(), Server().receive)
    arrive(compiled, http(), Stateless().receive)


def responses(compiled: Any) -> None:
    for way in (ordinary, in_chunks, client_gone, no_route):
        outcome(compiled.Request, way, lambda: [0.0] * 40)


@pytest.mark.parametrize("happen", [arrivals, responses])
def test_the_compiled_one_keeps_nothing_of_what_has_ended(compiled: Any, happen: Callable[[Any], None]) -> None:
    def rounds(count: int) -> int:
        for _ in range(count):
            happen(compiled)
        gc.collect()
        return sys.getallocatedblocks()

    rounds(50)
    before = rounds(1)
    assert rounds(500) - before < 100


def test_a_cycle_through_a_request_is_collected(compiled: Any) -> None:
    case = Case(compiled.Request)
    case.begin()
    gone = []
    case.scope["back"] = case.request
    case.scope["watch"] = type("Watch", (), {"__del__": lambda self: gone.append(True)})()
    case.scope, case.request = {}, None
    gc.collect()
    assert gone == [True]


class Server:
    """The server's side of a request, with the state that uvicorn keeps."""

    disconnected = False

    async def receive(self) -> None: ...


class Stateless:
    async def receive(self) -> None: ...


async def send(message: object) -> None: ...


async def app(*asked: object) -> None: ...


def arrive(compiled: Any, scope: Any, receive: Any) -> tuple[Any, Child]:
    case, quiet, heard = Case(compiled.Request), Child(("GET",), [0.0]), Child(("POST",), [0.0])

    class Watched(compiled.Middleware):  # type: ignore[misc]
        def measure(self, *asked: object) -> None:
            assert asked == (scope, receive, send)

    middleware = Watched()
    middleware.app, middleware.kind, middleware.recent = app, case.kind, case.recent
    middleware.methods = {"GET": (quiet, False), "POST": (heard, True)}
    middleware.exclude = frozenset({"/metrics"})

    def here() -> Any:
        begun = middleware(scope, receive, send)
        if begun is None:
            return None
        begun.close()
        return CURRENT.get()

    return copy_context().run(here), quiet


def http(**differing: object) -> dict[str, object]:
    return {"type": "http", "method": "GET", "path": "/items/7", "root_path": ""} | differing


def test_a_request_without_a_body_arrives(compiled: Any) -> None:
    scope, server = http(), Server()
    begun, in_progress = arrive(compiled, scope, server.receive)
    assert (begun.scope, begun.server, begun.onward) == (scope, server, send)
    assert begun.start is begun.clock is begun.cell is None
    assert begun.started <= perf_counter()
    assert in_progress.slots == [1.0]
    assert scope[MARK] is True


@pytest.mark.parametrize(
    ("scope", "receive"),
    [
        (http(type="websocket"), Server().receive),
        (http(type="lifespan"), Server().receive),
        (http(method="POST"), Server().receive),
        (http(method="BREW"), Server().receive),
        (http(path="/metrics"), Server().receive),
        (http(**{MARK: True}), Server().receive),
        ({"type": "http"}, Server().receive),
        ({}, Server().receive),
        (SimpleNamespace(), Server().receive),
        (http(), Stateless().receive),
        (http(), send),
    ],
)
def test_whatever_else_arrives_is_left_as_it_is(compiled: Any, scope: Any, receive: Any) -> None:
    before = dict(scope) if isinstance(scope, dict) else scope
    begun, in_progress = arrive(compiled, scope, receive)
    assert begun is None
    assert scope == before
    assert in_progress.slots == [0.0]


def test_what_was_built_of_another_version_is_not_used(tmp_path: Path) -> None:
    package = tmp_path / "lifted"
    shutil.copytree(Path(building.__file__).parent, package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    asks = "import lifted.build, lifted.request as r; print(lifted.build.build() is not None, r.Request.__module__)"

    def answer() -> list[str]:
        given = {name: value for name, value in os.environ.items() if name != "MONITORING_COMPILED"}
        command = [sys.executable, "-c", asks]
        said = subprocess.run(
            command, cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True, timeout=60, env=given
        )
        return said.stdout.split()

    first, built = answer(), answer()
    assert first[1] == "lifted.request"
    if first[0] == "True":
        assert built[1] == "iam_job_scout.monitoring._request"
    for name in ("_request.c", "_middleware.c", "_request.h"):
        source = package / name
        before = source.read_text()
        source.write_text(before + "/* changed */")
        assert answer()[1] == "lifted.request"
        source.write_text(before)


def test_without_a_compiler_nothing_is_built_and_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert building.build(tmp_path) is None
    (tmp_path / "cc").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "cc").chmod(0o755)
    assert building.build(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["cc"]
