"""`scout searches` and `scout channels`: what is looked for again and again, and where its news goes."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from iam_job_scout.cli.output import Json, open_tables, print_done, print_rows, working
from iam_job_scout.cli.whose import Whose, reader_of, whose
from iam_job_scout.errors import NoticeError
from iam_job_scout.notify.schedule import Cadence
from iam_job_scout.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from iam_job_scout.db import Database
    from iam_job_scout.settings import Settings

app = typer.Typer(help="Saved searches and their news.", no_args_is_help=True)
channels = typer.Typer(help="Where news goes: e-mail, Slack, ntfy and a hundred more.", no_args_is_help=True)

SearchId = Annotated[int, typer.Argument(help="Its number in scout searches list.", min=1, max=2**31 - 1)]
ChannelId = Annotated[int, typer.Argument(help="Its number in scout channels list.", min=1, max=2**31 - 1)]


@app.command("list")
def searches_list(user: Whose = "", as_json: Json = False) -> None:
    """Show your saved searches: what they look for, how often, where the news goes, when they look next."""
    from iam_job_scout.notify.searches import channels_of, searches_of
    from iam_job_scout.web.saved import describe

    settings = load_settings()
    with open_tables(settings) as database, database.reading() as session:
        user_id = reader_of(session, settings, user)
        names = {one.id: one.name for one in channels_of(session, user_id)} if user_id is not None else {}
        rows = [
            {
                "id": search.id,
                "name": search.name,
                "looks for": describe(search.query),
                "query": search.query,
                "cadence": search.cadence,
                "channel": names.get(search.channel_id or 0, ""),
                "next": search.next_at,
                "feed": search.feed_hash is not None,
            }
            for search in (searches_of(session, user_id) if user_id is not None else ())
        ]
    print_rows(rows, as_json=as_json, hidden=("query",))


@app.command("add")
def searches_add(
    name: Annotated[str, typer.Argument(help="What you call it.", show_default=False)],
    query: Annotated[
        str, typer.Argument(help="The address of the list with its filters, or the part after the question mark.")
    ] = "",
    cadence: Annotated[Cadence, typer.Option(help="How often it sends what is new.")] = Cadence.OFF,
    channel: Annotated[int | None, typer.Option(help="Where to: a number in scout channels list.", min=1)] = None,
    cap: Annotated[int, typer.Option(help="Most jobs of one company that a message names.", min=1, max=50)] = 3,
    user: Whose = "",
    as_json: Json = False,
) -> None:
    """Save a search; a filter that does not exist is refused."""
    from iam_job_scout.notify.searches import SearchForm, save_search
    from iam_job_scout.web.filters import parse_filters
    from iam_job_scout.web.saved import describe, tidy

    query = urlsplit(query).query if "?" in query else query
    for field, problem in parse_filters(query).problems.items():
        raise typer.BadParameter(f"{field}: {problem.partition(';')[0].rstrip('.')}", param_hint="QUERY")
    form = SearchForm(name=name, query=tidy(query), cadence=cadence, channel_id=channel, company_cap=cap)
    settings = load_settings()
    with open_tables(settings) as database, database.writing() as session:
        user_id = whose(session, settings, user)
        saved = save_search(session, user_id, form, now=datetime.now(UTC))
        facts = {"id": saved.id, "name": saved.name, "query": saved.query, "cadence": str(saved.cadence)}
    print_done(f"{facts['name']} is search {facts['id']}: {describe(form.query)}.", as_json=as_json, **facts)


@app.command("remove")
def searches_remove(search_id: SearchId, user: Whose = "", as_json: Json = False) -> None:
    """Remove a saved search with its feed."""
    from iam_job_scout.notify.searches import remove_search

    settings = load_settings()
    with open_tables(settings) as database, database.writing() as session:
        remove_search(session, whose(session, settings, user), search_id)
    print_done(f"Search {search_id} is removed.", as_json=as_json, id=search_id)


@app.command("test")
def searches_test(search_id: SearchId, user: Whose = "", as_json: Json = False) -> None:
    """Send a test message to where the news of a search goes. Exits 1 where it is not taken."""
    from iam_job_scout.notify.searches import own_search

    settings = load_settings()
    with open_tables(settings) as database, database.reading() as session:
        channel_id = own_search(session, whose(session, settings, user), search_id).channel_id
        if channel_id is None:
            raise NoticeError(f"search {search_id} has no channel; scout channels list shows those there are")
        _try(session, settings, channel_id, user=user, as_json=as_json)


@app.command("run")
def searches_run(
    search_id: Annotated[int | None, typer.Argument(help="Only this; none: all that send news.", min=1)] = None,
    user: Whose = "",
    as_json: Json = False,
) -> None:
    """Look now, and send what is new, as the app does when a search is due. Exits 1 where a message is not taken."""
    from iam_job_scout.db.models import Delivery
    from iam_job_scout.notify.searches import deliveries_of, look_now

    settings = load_settings()
    began = datetime.now(UTC)
    with open_tables(settings) as database:
        with database.writing() as session:
            user_id = whose(session, settings, user)
            looked = look_now(session, user_id, search_id, began)
        with working("looking and sending"):
            _work_off(database, settings)
        with database.reading() as session:
            sent: list[Delivery] = [one for one in deliveries_of(session, user_id) if one.created_at >= began]
    rows: list[dict[str, object]] = [
        {"search": one.search_id, "message": one.title, "jobs": one.jobs, "sent": one.sent_at, "error": one.error}
        for one in sent
    ]
    if rows or as_json:
        print_rows(rows, as_json=as_json)
    else:
        typer.echo(f"{looked} {'search' if looked == 1 else 'searches'} looked: nothing new to send.")
    if any(one.error for one in sent):
        raise typer.Exit(1)


@app.command("feed")
def searches_feed(
    search_id: SearchId,
    end: Annotated[bool, typer.Option("--end", help="Make its addresses stop working instead.")] = False,
    user: Whose = "",
    as_json: Json = False,
) -> None:
    """Give a search an Atom and JSON feed and print the addresses, which are secret; older ones stop working."""
    from iam_job_scout.notify.searches import close_feed, open_feed

    settings = load_settings()
    with open_tables(settings) as database, database.writing() as session:
        user_id = whose(session, settings, user)
        if end:
            close_feed(session, user_id, search_id)
            print_done(f"Search {search_id} has no feed.", as_json=as_json, id=search_id)
            return
        home = f"{settings.shown_url}/feeds/{open_feed(session, user_id, search_id)}"
    addresses = {"atom": f"{home}.atom", "json_feed": f"{home}.json"}
    print_done("\n".join(addresses.values()), as_json=as_json, **addresses)


@channels.command("list")
def channels_list(user: Whose = "", as_json: Json = False) -> None:
    """Show your channels, their addresses without the secrets."""
    from iam_job_scout.notify.channels import read_address
    from iam_job_scout.notify.searches import channels_of

    settings = load_settings()
    with open_tables(settings) as database, database.reading() as session:
        user_id = reader_of(session, settings, user)
        found = channels_of(session, user_id) if user_id is not None else ()
        kinds = [(one, read_address(one.address)) for one in found]
        rows = [{"id": one.id, "name": one.name, "service": to.service, "address": to.shown} for one, to in kinds]
    print_rows(rows, as_json=as_json)


@channels.command("add")
def channels_add(
    address: Annotated[str, typer.Argument(help="In Apprise's form; -: read from standard input.", show_default=False)],
    name: Annotated[str, typer.Option(help="What you call it. Empty: as its service.")] = "",
    user: Whose = "",
    as_json: Json = False,
) -> None:
    """Keep an address for news, such as ntfy://topic or mailto://user:password@host."""
    from iam_job_scout.notify.searches import add_channel

    typed = typer.get_text_stream("stdin").readline() if address == "-" else address
    settings = load_settings()
    with open_tables(settings) as database, database.writing() as session:
        user_id = whose(session, settings, user)
        channel = add_channel(session, user_id, name=name, address=typed, now=datetime.now(UTC))
        facts = {"id": channel.id, "name": channel.name}
    print_done(f"{facts['name']} is channel {facts['id']}; scout channels test {facts['id']} tries it.",
               as_json=as_json, **facts)  # fmt: skip


@channels.command("remove")
def channels_remove(channel_id: ChannelId, user: Whose = "", as_json: Json = False) -> None:
    """Remove a channel; searches that used it send nothing until they get another."""
    from iam_job_scout.notify.searches import remove_channel

    settings = load_settings()
    with open_tables(settings) as database, database.writing() as session:
        remove_channel(session, whose(session, settings, user), channel_id)
    print_done(f"Channel {channel_id} is removed.", as_json=as_json, id=channel_id)


@channels.command("test")
def channels_test(channel_id: ChannelId, user: Whose = "", as_json: Json = False) -> None:
    """Send a test message to a channel. Exits 1 where it is not taken."""
    settings = load_settings()
    with open_tables(settings) as database, database.reading() as session:
        _try(session, settings, channel_id, user=user, as_json=as_json)


def _try(session: "Session", settings: "Settings", channel_id: int, *, user: str, as_json: bool) -> None:
    from iam_job_scout.notify.searches import own_channel
    from iam_job_scout.notify.trial import try_channel

    channel = own_channel(session, whose(session, settings, user), channel_id)
    with working("waiting for the service"):
        sent = try_channel(channel, home=settings.shown_url, private=settings.notice_private == "on")
    words = f"{channel.name} took the test message." if sent.ok else f"{channel.name}: {sent.reason}"
    print_done(words, as_json=as_json, channel=channel.name, sent=sent.ok, reason=sent.reason)
    if not sent.ok:
        raise typer.Exit(1)


def _work_off(database: "Database", settings: "Settings") -> None:
    """Looks at every search that is due and sends every message that is due, which a running app does as well."""
    from iam_job_scout.notify.collect import collect_one
    from iam_job_scout.notify.courier import Courier
    from iam_job_scout.notify.deliver import deliver_one
    from iam_job_scout.web.saved import find_new

    while collect_one(database, find_new, home=settings.shown_url, now=datetime.now(UTC)):
        pass
    private = settings.notice_private == "on"
    with Courier() as courier:
        while deliver_one(database, courier, private=private, now=datetime.now(UTC)):
            pass
