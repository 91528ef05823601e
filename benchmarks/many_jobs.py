"""Databases of many jobs, made within the database from a few thousand real or sample postings.

A job is dealt as four values and put together from its template by one INSERT for all of them, which takes a tenth of
the time that rows from Python do. The triggers keep the index as ever; on PostgreSQL the GIN index is made afterwards,
as that of a restored backup is.
"""

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, insert, text

from iam_job_scout.db import Database
from iam_job_scout.db.models import Job
from iam_job_scout.db.models.base import UTCDateTime
from iam_job_scout.jobs.indexing import fact_values, index_values, search_text
from iam_job_scout.posting import Posting
from iam_job_scout.relevance import Tier, classify, plain_text
from iam_job_scout.samples import sample_postings

NOW = datetime.now(UTC)
BATCH = 20_000
DAY = 86_400
SOURCES = ("greenhouse", "lever", "ashby", "workday", "smartrecruiters", "usajobs", "remoteok", "adzuna")


def templates(corpus: Path | None) -> list[dict[str, Any]]:
    """The columns of jobs, one for each posting that is an IAM job: of a directory of JSON Lines, or of the samples."""
    found = []
    for posting in _read_corpus(corpus) if corpus else sample_postings(NOW):
        match = classify(posting)
        if match.tier is not Tier.NONE:
            texts = {name: getattr(posting, name) for name in ("title", "company", "location", "url", "description")}
            job = {**texts, **fact_values(match), "description": plain_text(posting.description)}
            title, company, rest = search_text(job, job["description"]).split("\n", 2)
            words = {"title_words": title, "company_words": company, **index_values(job, ""), "search_text": rest}
            found.append({**job, **words, "number": len(found)})
    return found


def fill(database: Database, count: int, known: list[dict[str, Any]]) -> None:
    """Stores jobs with the text of one template each, and employer, source and date dealt anew."""
    with database.writing() as session:
        connection = session.connection()
        _store_templates(connection, known)
        _deal(connection, count, known)
        gin = database.dialect == "postgresql"
        if gin:
            connection.execute(text("DROP INDEX ix_job_search_open"))
        _write_jobs(connection, known[0])
        if gin:
            connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
            connection.execute(text("CREATE INDEX ix_job_search_open ON job_search USING gin (terms) WHERE open"))
        for table in ("template", "dealt"):
            connection.execute(text(f"DROP TABLE {table}"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if gin else "ANALYZE"))


def _read_corpus(directory: Path) -> Iterator[Posting]:
    for file in sorted(directory.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                texts = {name: row[name] for name in ("title", "company", "location", "description")}
                yield Posting(source="bench", board="bench", external_id="1", url="https://example.org", **texts)


def _store_templates(connection: Connection, known: list[dict[str, Any]]) -> None:
    columns = [Column(column.name, column.type) for column in Job.__table__.columns if column.name in known[0]]
    words = [Column(name, Text) for name in ("title_words", "company_words")]
    table = Table("template", MetaData(), Column("number", Integer, primary_key=True), *columns, *words)
    table.create(connection)
    connection.execute(insert(table), known)


def _deal(connection: Connection, count: int, known: list[dict[str, Any]]) -> None:
    """Which job has which text, whose employer, since when and where."""
    chance, named = random.Random(count), [job["number"] for job in known if job["company"]]
    numbers = [Column(name, Integer) for name in ("text", "employer")]
    table = Table("dealt", MetaData(), *numbers, Column("posted_at", UTCDateTime), Column("source", String(30)))
    table.create(connection)
    rows = (
        {
            "text": chance.randrange(len(known)),
            "employer": chance.choice(named),
            "posted_at": NOW - timedelta(seconds=chance.expovariate(1 / (60 * DAY))),
            "source": f"source:{chance.choice(SOURCES)}",
        }
        for _ in range(count)
    )
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(table), batch)


def _write_jobs(connection: Connection, known: Iterable[str]) -> None:
    values = {
        **{column.name: f"t.{column.name}" for column in Job.__table__.columns if column.name in known},
        "company": "e.company",
        "search_text": "t.title_words || :line || e.company_words || :line || t.search_text",
        "sources": "d.source",
        "sample": "false",
        **dict.fromkeys(("posted_at", "first_seen"), "d.posted_at"),
        "last_seen": "CURRENT_TIMESTAMP",
    }
    columns, expressions = ", ".join(values), ", ".join(values.values())
    tables = "dealt d JOIN template t ON t.number = d.text JOIN template e ON e.number = d.employer"
    connection.execute(text(f"INSERT INTO job ({columns}) SELECT {expressions} FROM {tables}"), {"line": "\n"})
