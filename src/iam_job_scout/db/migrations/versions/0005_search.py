"""Facts of jobs, and the full-text index that triggers keep"""

import sqlalchemy as sa
from alembic import op

from iam_job_scout.jobs.indexing import index_values, read_place_values
from iam_job_scout.relevance import plain_text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# One narrow row a job: what lists are ordered by and counted from, without its texts.
_JOB_SEARCH = """
CREATE TABLE job_search (
    id {integer} PRIMARY KEY, open {flag} NOT NULL, score INTEGER NOT NULL, moment BIGINT NOT NULL, pay INTEGER,
    company TEXT NOT NULL, facets TEXT NOT NULL{more}
)
"""

# SQLite -------------------------------------------------------------------------------------------------------------
# ruff: noqa: S608 - no statement here holds anything but the names of this file
# Words come normalised, one blank or line end between them, so the plainest tokenizer and no positions will do.
# A closed job's row is 2^32 further on: searches among the open ones, which nearly all are, never meet the others.
_SQLITE_TABLES = (
    """CREATE VIRTUAL TABLE job_text USING fts5(
        words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars ':_-'")""",
    "CREATE TABLE search_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE search_word_part USING fts5(word, content='', columnsize=0, tokenize='trigram')",
    """CREATE TRIGGER search_word_added AFTER INSERT ON search_word BEGIN
        INSERT INTO search_word_part (rowid, word) VALUES (new.id, ' ' || new.word || ' ');
    END""",
)
_MOMENT = "CAST(strftime('%s', coalesce({row}.posted_at, {row}.first_seen)) AS INTEGER)"
_ROW = "CASE WHEN {row}.closed_at IS NULL THEN {row}.id ELSE {row}.id + 4294967296 END"
_WORDS = (
    "{row}.search_text || ' ' || {row}.facets || ' ' || {row}.sources || ' job score:' || ({row}.score / 5)"
    f" || ' day:' || ({_MOMENT} / 86400) || ' week:' || ({_MOMENT} / 604800)"
    " || coalesce(' step:' || min({row}.pay_max / 5000, 80), ' step:none')"
)
_AFTER_TITLE = "substr({row}.search_text, instr({row}.search_text, char(10)) + 1)"
_NAMES = f"substr({{row}}.search_text, 1, instr({{row}}.search_text, char(10)) + instr({_AFTER_TITLE}, char(10)) - 1)"
_COMPANY = f"substr({_AFTER_TITLE}, 1, instr({_AFTER_TITLE}, char(10)) - 1)"
_SQLITE_ADD = f"""
    INSERT INTO job_text (rowid, words) VALUES ({_ROW}, {_WORDS});
    INSERT OR REPLACE INTO job_search (id, open, score, moment, pay, company, facets) VALUES (
        new.id, new.closed_at IS NULL, new.score, {_MOMENT}, new.pay_max, {_COMPANY},
        new.facets || ' ' || new.sources);
    INSERT INTO search_word (word) SELECT DISTINCT value
        FROM json_each('["' || replace(replace({_NAMES}, char(10), ' '), ' ', '","') || '"]')
        WHERE length(value) >= 4 AND NOT EXISTS (SELECT 1 FROM search_word WHERE word = value);
""".replace("{row}", "new")
_SQLITE_DROP = f"""
    INSERT INTO job_text (job_text, rowid, words) VALUES ('delete', {_ROW}, {_WORDS});
""".replace("{row}", "old")
_WATCHED = ("search_text", "facets", "sources", "score", "posted_at", "first_seen", "pay_max", "closed_at")
_CHANGED = " OR ".join(f"old.{column} IS {{differs}} new.{column}" for column in _WATCHED)
_SQLITE_TRIGGERS = (
    f"CREATE TRIGGER job_search_added AFTER INSERT ON job BEGIN {_SQLITE_ADD} END",
    f"""CREATE TRIGGER job_search_changed AFTER UPDATE ON job WHEN {_CHANGED.format(differs="NOT")}
        BEGIN {_SQLITE_DROP} {_SQLITE_ADD} END""",
    f"CREATE TRIGGER job_search_dropped AFTER DELETE ON job BEGIN {_SQLITE_DROP}"
    " DELETE FROM job_search WHERE id = old.id; END",
)

# PostgreSQL ---------------------------------------------------------------------------------------------------------
# Two partial indexes stand for the two ranges of rows above.
_POSTGRESQL_TABLES = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_job_search_open ON job_search USING gin (terms) WHERE open",
    "CREATE INDEX ix_job_search_closed ON job_search USING gin (terms) WHERE NOT open",
    # Not unique: two scans that add the same word at once must not wait for each other.
    "CREATE TABLE search_word (word TEXT NOT NULL)",
    "CREATE INDEX ix_search_word ON search_word (word)",
    "CREATE INDEX ix_search_word_part ON search_word USING gin (word gin_trgm_ops)",
)
_POSTGRESQL_FUNCTION = """
CREATE FUNCTION keep_job_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at BIGINT := extract(epoch FROM coalesce(new.posted_at, new.first_seen))::bigint;
    marks TEXT := new.facets || ' ' || new.sources;
    words TEXT := replace(new.search_text, E'\\n', ' ') || ' ' || marks || ' job score:' || (new.score / 5)
        || ' day:' || (at / 86400) || ' week:' || (at / 604800)
        || ' step:' || CASE WHEN new.pay_max IS NULL THEN 'none' ELSE least(new.pay_max / 5000, 80)::text END;
BEGIN
    INSERT INTO job_search (id, open, score, moment, pay, company, facets, terms)
    VALUES (new.id, new.closed_at IS NULL, new.score, at, new.pay_max, split_part(new.search_text, E'\\n', 2), marks,
        array_to_tsvector(array_remove(string_to_array(words, ' '), '')))
    ON CONFLICT (id) DO UPDATE SET open = excluded.open, score = excluded.score, moment = excluded.moment,
        pay = excluded.pay, company = excluded.company, facets = excluded.facets, terms = excluded.terms;
    INSERT INTO search_word (word)
    SELECT DISTINCT value FROM unnest(string_to_array(
        split_part(new.search_text, E'\\n', 1) || ' ' || split_part(new.search_text, E'\\n', 2), ' ')) AS value
    WHERE length(value) >= 4 AND NOT EXISTS (SELECT 1 FROM search_word WHERE word = value);
    RETURN NULL;
END $$
"""
_POSTGRESQL_DROP = """
CREATE FUNCTION drop_job_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM job_search WHERE id = old.id;
    RETURN NULL;
END $$
"""
_POSTGRESQL_TRIGGERS = (
    "CREATE TRIGGER job_search_added AFTER INSERT ON job FOR EACH ROW EXECUTE FUNCTION keep_job_search()",
    f"""CREATE TRIGGER job_search_changed AFTER UPDATE ON job FOR EACH ROW
        WHEN ({_CHANGED.format(differs="DISTINCT FROM")}) EXECUTE FUNCTION keep_job_search()""",
    "CREATE TRIGGER job_search_dropped AFTER DELETE ON job FOR EACH ROW EXECUTE FUNCTION drop_job_search()",
)

# Both: a job's sources follow its postings --------------------------------------------------------------------------
_SOURCES = """coalesce((SELECT {join} FROM
    (SELECT DISTINCT 'source:' || source AS mark FROM posting WHERE job_id = job.id ORDER BY 1) AS marks), '')"""
_FOLLOW = "UPDATE job SET sources = {sources} WHERE id IN ({ids}) AND sources <> {sources};"
_EVENTS = (
    ("added", "INSERT", "new.job_id IS NOT NULL", "new.job_id"),
    ("moved", "UPDATE OF job_id", "old.job_id IS {differs} new.job_id", "old.job_id, new.job_id"),
)


def upgrade() -> None:
    _add_facts()
    if op.get_bind().dialect.name == "postgresql":
        _make_postgresql()
    else:
        _make_sqlite()
    _fill()


def _add_facts() -> None:
    op.add_column("job", sa.Column("years", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("own_product", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("places", "certifications"):
        op.add_column("job", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    for name in ("clearance", "citizenship"):
        op.add_column("job", sa.Column(name, sa.String(length=40), nullable=True))
    for name, length in (("sponsorship", 10), ("contract", 20)):
        op.add_column("job", sa.Column(name, sa.String(length), nullable=False, server_default="unknown"))
    op.add_column("job", sa.Column("language", sa.String(length=3), nullable=False, server_default=""))
    for name in ("facets", "sources"):
        op.add_column("job", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def _make_sqlite() -> None:
    op.execute(_JOB_SEARCH.format(integer="INTEGER", flag="BOOLEAN", more=""))
    for statement in (*_SQLITE_TABLES, *_SQLITE_TRIGGERS):
        op.get_bind().exec_driver_sql(statement)
    follow = _FOLLOW.replace("{sources}", _SOURCES.format(join="group_concat(mark, ' ')"))
    for name, event, condition, ids in _EVENTS:
        op.get_bind().exec_driver_sql(
            f"CREATE TRIGGER posting_source_{name} AFTER {event} ON posting WHEN {condition.format(differs='NOT')}"
            f" BEGIN {follow.format(ids=ids)} END"
        )


def _make_postgresql() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql(_JOB_SEARCH.format(integer="INTEGER", flag="BOOLEAN", more=", terms TSVECTOR NOT NULL"))
    for statement in (*_POSTGRESQL_TABLES, _POSTGRESQL_FUNCTION, _POSTGRESQL_DROP, *_POSTGRESQL_TRIGGERS):
        bind.exec_driver_sql(statement)
    follow = _FOLLOW.replace("{sources}", _SOURCES.format(join="string_agg(mark, ' ' ORDER BY mark)"))
    for name, event, condition, ids in _EVENTS:
        bind.exec_driver_sql(
            f"CREATE FUNCTION follow_posting_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {follow.format(ids=ids)} RETURN NULL; END $$"
        )
        bind.exec_driver_sql(
            f"CREATE TRIGGER posting_source_{name} AFTER {event} ON posting FOR EACH ROW"
            f" WHEN ({condition.format(differs='DISTINCT FROM')}) EXECUTE FUNCTION follow_posting_{name}()"
        )


def _fill() -> None:
    """Makes what is stored findable. Facts other than places are read at each posting's next change."""
    known = ("id", "title", "company", "location", "description", "tier", "mode", "seniority", "pay_max")
    lists = ("sub", "skills")
    table = sa.table(
        "job",
        *(sa.column(name) for name in (*known, "search_text", "facets", "sources")),
        *(sa.column(name, sa.JSON) for name in (*lists, "places")),
    )
    bind = op.get_bind()
    ids = bind.execute(sa.select(table.c.id)).scalars().all()
    for job_id in ids:
        row = bind.execute(sa.select(*(table.c[name] for name in (*known, *lists))).where(table.c.id == job_id)).one()
        unread = {"clearance": None, "own_product": False, "pay_currency": None}
        job = {**row._mapping, "places": read_place_values(row.location), **unread}
        found_by = index_values(job, plain_text(row.description))
        values = {name: found_by[name] for name in ("search_text", "facets")}
        sources = sa.text(_SOURCES.format(join="group_concat(mark, ' ')"))
        if bind.dialect.name == "postgresql":
            sources = sa.text(_SOURCES.format(join="string_agg(mark, ' ' ORDER BY mark)"))
        change = table.update().where(table.c.id == job_id)
        bind.execute(change.values(**values, places=job["places"], sources=sources))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
