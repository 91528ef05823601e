"""`scout profile`: what one can and wants, as JSON."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from iam_job_scout.cli.output import Json, open_tables, print_done, print_json, print_rows, working
from iam_job_scout.cli.whose import Whose, reader_of, whose
from iam_job_scout.errors import NotThere, ScoutError
from iam_job_scout.settings import load_settings

app = typer.Typer(help="Your profile, by which jobs are scored for you.", no_args_is_help=True)


@app.command("show")
def profile_show(user: Whose = "", as_json: Json = False) -> None:
    """Show your profile; with --json in the form that scout profile set reads."""
    from iam_job_scout.api.profile import ProfileItem
    from iam_job_scout.jobs.profile import get_profile

    settings = load_settings()
    with open_tables(settings) as database, database.reading() as session:
        profile = get_profile(session, reader_of(session, settings, user))
        if profile is None:
            raise NotThere("there is no profile yet; scout profile set makes one")
        item = ProfileItem.model_validate(profile).model_dump(mode="json")
    if as_json:
        print_json(item)
    else:
        shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in item.items()}
        print_rows([{"": name.replace("_", " "), " ": value} for name, value in shown.items()], as_json=False)


@app.command("set")
def profile_set(
    file: Annotated[Path, typer.Argument(help="JSON; -: standard input.", allow_dash=True)],
    user: Whose = "",
    as_json: Json = False,
) -> None:
    """Replace your profile, and score every open job anew for it."""
    from pydantic import ValidationError

    from iam_job_scout.api.profile import ProfileItem
    from iam_job_scout.db.models import Profile
    from iam_job_scout.jobs.fits import reckon
    from iam_job_scout.jobs.profile import save_profile

    try:
        item = ProfileItem.model_validate_json(_read(file))
    except ValidationError as error:
        first = error.errors()[0]
        raise ScoutError(f"{file}: {'.'.join(map(str, first['loc'])) or 'the profile'}: {first['msg']}") from error
    settings = load_settings()
    with open_tables(settings) as database:
        with database.writing() as session:
            user_id = whose(session, settings, user)
            save_profile(session, Profile(user_id=user_id, **item.model_dump(mode="json")), datetime.now(UTC))
        with working("scoring every open job"):
            scored = sum(reckon(database, user_id))
    print_done(f"The profile is kept; {scored:,} jobs have a score for it.", as_json=as_json, scored=scored)


def _read(file: Path) -> str:
    try:
        return typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScoutError(f"cannot read {file}: {getattr(error, 'strerror', None) or 'not text'}") from error
