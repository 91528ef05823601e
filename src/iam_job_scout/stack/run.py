"""Starts the app with its monitoring servers and follows them until a signal."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import alertmanager, prometheus
from iam_job_scout.stack.binaries import find_program
from iam_job_scout.stack.links import Link
from iam_job_scout.stack.obtain import obtain
from iam_job_scout.stack.output import Output
from iam_job_scout.stack.ports import check_ports, is_free
from iam_job_scout.stack.processes import Guard
from iam_job_scout.stack.services import (
    ALERTMANAGER,
    GRAFANA,
    PROMETHEUS,
    Plan,
    describe_app,
    list_ports,
    prepare_grafana,
    prepare_servers,
)
from iam_job_scout.stack.supervisor import Service, Supervisor

SCOUT = "scout"
#: A first scrape comes within one interval of 15 s after both are up; the rest is room for a slow machine.
LINKED_SECONDS = 60.0
#: Link → the servers without which it cannot hold.
NEEDED = {"target": (PROMETHEUS,), "rules": (PROMETHEUS,), "alertmanager": (PROMETHEUS, ALERTMANAGER)}


def run_stack(
    settings: Settings,
    *,
    app_argv: Sequence[str] | None,
    app_env: Mapping[str, str] | None = None,
    with_servers: bool = True,
    verbose: bool = False,
) -> int:
    """Runs the app and the monitoring servers until a signal; returns the exit code.

    `app_argv` is the app's command line, None for the servers alone; `app_env` adds to its environment. Raises
    PortTaken before anything is started, and StackError where only the servers were asked for and cannot be had.
    """
    # What is started here is asked here, wherever the pages of the app ask.
    settings = settings.model_copy(update={"prometheus_url": "", "alertmanager_url": ""})
    plan = Plan(
        settings,
        tuple(app_argv) if app_argv else None,
        app_env=dict(app_env or {}),
        with_servers=with_servers,
        verbose=verbose,
    )
    check_ports(list_ports(plan))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_run(plan))


async def _run(plan: Plan) -> int:
    output = Output(sys.stdout)
    with Guard() as guard:
        supervisor = Supervisor(output, guard)
        start = asyncio.create_task(_Start(plan, supervisor, output, guard).run())
        with supervisor.taking_signals():
            try:
                await _until_over(supervisor, start)
            finally:
                start.cancel()
                await asyncio.wait([start])
                await supervisor.stop()
    if not start.cancelled():
        start.result()
    return supervisor.exit_code


async def _until_over(supervisor: Supervisor, start: asyncio.Task[None]) -> None:
    """Waits for the end; a start that failed is one."""
    over = asyncio.create_task(supervisor.until_over())
    await asyncio.wait([over, start], return_when=asyncio.FIRST_COMPLETED)
    if not over.done() and start.exception() is None:
        await over
    over.cancel()


@dataclass(frozen=True)
class _Start:
    """The start, in its order: the app first, so that its pages are there while the servers are still fetched."""

    plan: Plan
    supervisor: Supervisor
    output: Output
    guard: Guard

    async def run(self) -> None:
        app = describe_app(self.plan)
        if app:
            await self.supervisor.start(app)
        services = await self._get_services() if self.plan.with_servers else []
        for service in services:
            await self.supervisor.start(service)
        await self.supervisor.until_ready()
        if services:
            await self._report_links()
            await self._start_grafana()

    async def _get_services(self) -> list[Service]:
        try:
            servers = await obtain(self.plan.settings, guard=self.guard, say=self._say)
            return await asyncio.to_thread(prepare_servers, self.plan, servers)
        except StackError as error:
            if self.plan.app_argv is None:
                raise
            self.output.trouble(SCOUT, f"going on without Prometheus and Alertmanager: {error}")
            return []

    async def _start_grafana(self) -> None:
        """Where there is one, and last: nothing depends on it, and its first start takes a while."""
        program, port = find_program(self.plan.settings, GRAFANA), self.plan.settings.grafana_port
        if program is None:
            return
        if not is_free("127.0.0.1", port):
            self.output.trouble(
                GRAFANA, f"left out, since port {port} is taken: choose another with SCOUT_GRAFANA_PORT"
            )
            return
        try:
            await self.supervisor.start(await asyncio.to_thread(prepare_grafana, self.plan, program))
        except (StackError, OSError) as error:
            self.output.trouble(GRAFANA, f"left out: {error}")

    def _say(self, text: str) -> None:
        self.output.line(SCOUT, text)

    async def _report_links(self) -> None:
        """Waits until the chain is whole and says so, or says what is missing; a server that died was said already."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + LINKED_SECONDS
        links = await self._check_running()
        while not all(link.ok for link in links) and clock() < deadline:
            await asyncio.sleep(0.5)
            links = await self._check_running()
        for link in links:
            if not link.ok:
                self.output.trouble(SCOUT, link.detail)
        if all(self.supervisor.runs(name) for name in (PROMETHEUS, ALERTMANAGER)) and all(link.ok for link in links):
            self._say(f"monitoring works: {', '.join(link.detail for link in links)}")

    async def _check_running(self) -> list[Link]:
        """The links that depend on nothing but servers that run."""
        links = await asyncio.to_thread(check_links, self.plan.settings)
        return [link for link in links if all(self.supervisor.runs(server) for server in NEEDED[link.name])]


def check_links(settings: Settings) -> list[Link]:
    """Every link from the app's metrics to Alertmanager, for the servers of these settings."""
    ready = alertmanager.check_ready(settings)
    connected = prometheus.check_alertmanager(settings) if ready.ok else ready
    return [prometheus.check_target(settings), prometheus.check_rules(settings), connected]
