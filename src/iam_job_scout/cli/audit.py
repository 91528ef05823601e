"""`scout audit`."""

from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, open_tables, print_rows
from iam_job_scout.settings import load_settings

app = typer.Typer()


@app.command()
def audit(
    actor: Annotated[str, typer.Option(help="Only what the account with this e-mail did.")] = "",
    action: Annotated[str, typer.Option(help="Only this, such as sign-in.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, the newest first.", min=1, max=100_000)] = 50,
    as_json: Json = False,
) -> None:
    """Show the audit log: who did what, when, from where, and how it ended. It is kept for SCOUT_AUDIT_DAYS."""
    from iam_job_scout.accounts.audit import read_log

    with open_tables(load_settings()) as database, database.reading() as session:
        rows = [
            {
                "at": event.at,
                "actor": event.actor,
                "action": event.action,
                "result": event.result,
                "target": event.target,
                "detail": event.detail,
                "address": event.address,
                "agent": event.agent,
                "request": event.request_id,
            }
            for event in read_log(session, actor=actor, action=action, limit=limit)
        ]
    print_rows(rows, as_json=as_json, hidden=("agent", "request"))
