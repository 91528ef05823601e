"""Shows the findings: a table for people, one object for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from iam_job_scout.doctor.findings import Finding, State

MARKS = {State.OK: "[green]ok[/]", State.BROKEN: "[bold red]broken[/]", State.SKIPPED: "[yellow]skipped[/]"}


def is_healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing is broken."""
    return all(finding.state != State.BROKEN for finding in findings)


def print_findings(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Writes to standard output."""
    if as_json:
        print(json.dumps({"ok": is_healthy(findings), "findings": [asdict(one) for one in findings]}, indent=2))  # noqa: T201
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        table.add_row(MARKS[finding.state], finding.name, finding.detail)
        if finding.advice:
            table.add_row("", "", f"[bold]→ {finding.advice}[/]")
    console = Console()
    console.print(table)
    count = sum(finding.state == State.BROKEN for finding in findings)
    console.print("Every link holds." if not count else f"{count} of {len(findings)} links are broken.")
