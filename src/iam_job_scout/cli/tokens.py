"""`scout token`: API tokens, for whoever has the machine."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from iam_job_scout.accounts.roles import Scope
from iam_job_scout.cli.output import Json, open_tables, print_done, print_rows
from iam_job_scout.errors import AccountError
from iam_job_scout.settings import load_settings

app = typer.Typer(help="API tokens.", no_args_is_help=True)


@app.callback()
def _tokens() -> None:
    """API tokens."""


@app.command("add")
def token_add(
    name: Annotated[str, typer.Argument(help="What uses it.", show_default=False)],
    user: Annotated[str, typer.Option(help="E-mail of the account it stands for.", show_default=False)],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it may do; several are possible; none: read.")] = None,
    days: Annotated[int, typer.Option(help="For how long it works.", min=1, max=365)] = 30,
    as_json: Json = False,
) -> None:
    """Make a token and print it; it cannot be shown again."""
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.people import find_person
    from iam_job_scout.accounts.tokens import make_token

    with open_tables(load_settings()) as database, database.writing() as session:
        person = find_person(session, user)
        if person is None:
            raise AccountError(f"there is no account {user}; scout user list shows those there are")
        scopes = scope or [Scope.READ]
        token, secret = make_token(session, person, name=name, scopes=scopes, days=days, now=datetime.now(UTC))
        record(session, Action.TOKEN_MADE, client=TERMINAL, target=token.name, detail=f"{user}, {token.hint}…")
        facts = {"id": token.id, "token": secret, "scopes": token.scopes, "expires": token.expires_at}
    print_done(secret, as_json=as_json, **facts)


@app.command("list")
def token_list(as_json: Json = False) -> None:
    """Show all tokens: whose, what they may do, until when, when they were last used."""
    from iam_job_scout.accounts.tokens import list_tokens
    from iam_job_scout.db.models import User

    with open_tables(load_settings()) as database, database.reading() as session:
        rows = [
            {
                "id": token.id,
                "name": token.name,
                "account": session.get_one(User, token.user_id).email,
                "token": f"{token.hint}…",
                "scopes": " ".join(token.scopes),
                "expires": token.expires_at,
                "last used": token.used_at,
            }
            for token in list_tokens(session)
        ]
    print_rows(rows, as_json=as_json)


@app.command("revoke")
def token_revoke(
    token_id: Annotated[int, typer.Argument(help="Its number in scout token list.")], as_json: Json = False
) -> None:
    """End a token at once."""
    from iam_job_scout.accounts.audit import TERMINAL, Action, record
    from iam_job_scout.accounts.tokens import revoke_token

    with open_tables(load_settings()) as database, database.writing() as session:
        name = revoke_token(session, token_id)
        if name is None:
            raise AccountError(f"there is no token {token_id}; scout token list shows those there are")
        record(session, Action.TOKEN_REVOKED, client=TERMINAL, target=name)
    print_done(f"{name} is revoked.", as_json=as_json, id=token_id, name=name)
