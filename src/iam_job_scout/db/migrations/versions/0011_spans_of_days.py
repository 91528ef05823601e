"""Stretches of days, and any clearance at all, as words of the index; pay in dollars, roughly

The last 30 days were four weeks and up to nine days, each a list to merge: now four spans of eight days, which begin on
any day and may overlap. That no clearance is asked was the absence of nine values: now of one. The day of a job stands
with the numbers of its sets, so nothing is put together when thousands are counted.

Pay was compared as a number, whatever its currency. Here are the whole triggers of `job`; before, they came from three
migrations.
"""

import sqlalchemy as sa
from alembic import op

from iam_job_scout.jobs.dollars import in_dollars
from iam_job_scout.jobs.indexing import pay_marks

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# ruff: noqa: S608 - no statement here holds anything but the names of this file
_COLUMNS = "id, open, score, moment, pay, company, sets"
#: A span's name is its first day.
_SPANS = " || ".join(f"' span:' || ({{day}} - {before})" for before in range(8))
_CLEARANCE = (
    "CASE WHEN {find}({row}facets, 'clearance:') > 0 AND {find}({row}facets, 'clearance:none') = 0"
    " THEN ' asked:clearance' ELSE '' END"
)
_WORDS = (
    "{row}search_text || ' ' || {row}facets || ' ' || {row}sources || ' job score:' || ({row}score / 5)"
    f" || ' day:' || {{day}} || {_SPANS} || {_CLEARANCE}"
)
_WATCHED = ("search_text", "facets", "sources", "score", "posted_at", "first_seen", "pay_dollars", "closed_at")

#: Of pay in dollars nothing else changes, so this comes before the triggers that watch it.
_IN_DOLLARS = "UPDATE job SET pay_dollars = pay_max WHERE pay_max IS NOT NULL AND coalesce(pay_currency, 'USD') = 'USD'"

# SQLite -------------------------------------------------------------------------------------------------------------
_MOMENT = "CAST(strftime('%s', coalesce({row}posted_at, {row}first_seen)) AS INTEGER)"
#: The newest open job comes first; see 0009.
_NUMBER = f"CASE WHEN {{row}}closed_at IS NULL THEN {2**32} ELSE {2**33} END - {{row}}id"
_SQLITE_WORDS = (
    _WORDS.replace("{find}", "instr").replace("{day}", f"({_MOMENT} / 86400)")
    + " || coalesce(' step:' || min({row}pay_dollars / 5000, 80), ' step:none')"
)
_SQLITE_INDEX = """CREATE VIRTUAL TABLE job_text USING fts5(
    words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars ':_-'")"""
_AFTER_TITLE = "substr(new.search_text, instr(new.search_text, char(10)) + 1)"
_TITLE_AND_COMPANY = (
    f"substr(new.search_text, 1, instr(new.search_text, char(10)) + instr({_AFTER_TITLE}, char(10)) - 1)"
)
_COMPANY = f"substr({_AFTER_TITLE}, 1, instr({_AFTER_TITLE}, char(10)) - 1)"
# Quoted before it is cut: a mark may hold anything that a posting calls a skill.
_SQLITE_SETS = """json_each('[' || replace(json_quote(new.facets || ' ' || new.sources), ' | ', '","') || ']')"""
_SQLITE_ADD = f"""
    INSERT INTO job_text (rowid, words) VALUES ({_NUMBER}, {_SQLITE_WORDS});
    INSERT INTO mark_set (marks) SELECT DISTINCT trim(value) FROM {_SQLITE_SETS}
        WHERE trim(value) <> '' AND NOT EXISTS (SELECT 1 FROM mark_set AS known WHERE known.marks = trim(value));
    INSERT OR REPLACE INTO job_search ({_COLUMNS}) VALUES (
        new.id, new.closed_at IS NULL, new.score, {_MOMENT}, new.pay_dollars, {_COMPANY},
        coalesce((SELECT group_concat((SELECT known.id FROM mark_set AS known WHERE known.marks = trim(value)), ' ')
            FROM {_SQLITE_SETS} WHERE trim(value) <> ''), '') || ' day:' || ({_MOMENT} / 86400));
    INSERT INTO search_word (word) SELECT DISTINCT value
        FROM json_each('["' || replace(replace({_TITLE_AND_COMPANY}, char(10), ' '), ' ', '","') || '"]')
        WHERE length(value) >= 4 AND NOT EXISTS (SELECT 1 FROM search_word WHERE word = value);
""".replace("{row}", "new.")
_SQLITE_DROP = f"""
    INSERT INTO job_text (job_text, rowid, words) VALUES ('delete', {_NUMBER}, {_SQLITE_WORDS});
""".replace("{row}", "old.")
_SQLITE_CHANGED = " OR ".join(f"old.{column} IS NOT new.{column}" for column in _WATCHED)
_SQLITE_TRIGGERS = {
    "job_search_added": f"AFTER INSERT ON job BEGIN {_SQLITE_ADD} END",
    "job_search_changed": f"AFTER UPDATE ON job WHEN {_SQLITE_CHANGED} BEGIN {_SQLITE_DROP} {_SQLITE_ADD} END",
    "job_search_dropped": f"AFTER DELETE ON job BEGIN {_SQLITE_DROP} DELETE FROM job_search WHERE id = old.id; END",
}

# PostgreSQL ---------------------------------------------------------------------------------------------------------
_POSTGRESQL_SETS = "unnest(string_to_array(new.facets || ' ' || new.sources, ' | ')) AS value"
# A look at the index for each set: as a join, PostgreSQL would plan it for the few sets of the first day and keep that.
_KNOWN = "(SELECT known.id::text FROM mark_set AS known WHERE known.marks = trim(value) LIMIT 1)"
_POSTGRESQL_WORDS = (
    _WORDS.replace("{row}search_text", "replace({row}search_text, E'\\n', ' ')")
    .replace("{row}", "new.")
    .replace("{find}", "strpos")
    .replace("{day}", "day")
)
_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION keep_job_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at BIGINT := extract(epoch FROM coalesce(new.posted_at, new.first_seen))::bigint;
    day BIGINT := at / 86400;
    words TEXT := {_POSTGRESQL_WORDS}
        || ' step:' || CASE WHEN new.pay_dollars IS NULL THEN 'none' ELSE least(new.pay_dollars / 5000, 80)::text END;
BEGIN
    INSERT INTO mark_set (marks) SELECT DISTINCT trim(value) FROM {_POSTGRESQL_SETS}
        WHERE trim(value) <> '' AND {_KNOWN} IS NULL;
    INSERT INTO job_search ({_COLUMNS}, terms)
    VALUES (new.id, new.closed_at IS NULL, new.score, at, new.pay_dollars, split_part(new.search_text, E'\\n', 2),
        coalesce((SELECT string_agg({_KNOWN}, ' ') FROM {_POSTGRESQL_SETS} WHERE trim(value) <> ''), '')
            || ' day:' || day,
        array_to_tsvector(array_remove(array_remove(string_to_array(words, ' '), ''), '|')))
    ON CONFLICT (id) DO UPDATE SET open = excluded.open, score = excluded.score, moment = excluded.moment,
        pay = excluded.pay, company = excluded.company, sets = excluded.sets, terms = excluded.terms;
    INSERT INTO search_word (word)
    SELECT DISTINCT value FROM unnest(string_to_array(
        split_part(new.search_text, E'\\n', 1) || ' ' || split_part(new.search_text, E'\\n', 2), ' ')) AS value
    WHERE length(value) >= 4 AND NOT EXISTS (SELECT 1 FROM search_word WHERE word = value);
    RETURN NULL;
END $$
"""
_POSTGRESQL_TRIGGER = f"""
CREATE TRIGGER job_search_changed AFTER UPDATE ON job FOR EACH ROW
WHEN ({" OR ".join(f"old.{column} IS DISTINCT FROM new.{column}" for column in _WATCHED)})
EXECUTE FUNCTION keep_job_search()
"""
_POSTGRESQL_TABLE = """
CREATE TABLE job_search_next (
    id INTEGER, open BOOLEAN NOT NULL, score INTEGER NOT NULL, moment BIGINT NOT NULL, pay INTEGER,
    company TEXT NOT NULL, sets TEXT NOT NULL, terms TSVECTOR NOT NULL
)
"""
#: From the words that are there: to make them anew from all texts would take several times as long.
_POSTGRESQL_MOVE = f"""
INSERT INTO job_search_next ({_COLUMNS}, terms)
SELECT {_COLUMNS} || ' day:' || day, array_to_tsvector(
    tsvector_to_array(ts_delete(terms, ARRAY['|', 'week:' || (moment / 604800)]))
    || string_to_array(trim({_SPANS.replace("{day}", "day")}), ' ')
    || CASE WHEN terms @@ $$'clearance:':* & !'clearance:none'$$::tsquery THEN ARRAY['asked:clearance'] END)
FROM (SELECT *, moment / 86400 AS day FROM job_search) AS known ORDER BY id
"""


def upgrade() -> None:
    op.add_column("job", sa.Column("pay_dollars", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
    else:
        _upgrade_sqlite()
    _convert_pay()


def _upgrade_sqlite() -> None:
    bind = op.get_bind()
    for name in _SQLITE_TRIGGERS:
        bind.exec_driver_sql(f"DROP TRIGGER {name}")
    bind.exec_driver_sql(_IN_DOLLARS)
    for name, trigger in _SQLITE_TRIGGERS.items():
        bind.exec_driver_sql(f"CREATE TRIGGER {name} {trigger}")
    bind.exec_driver_sql("UPDATE job_search SET sets = sets || ' day:' || (moment / 86400)")
    bind.exec_driver_sql("DROP TABLE job_text")
    bind.exec_driver_sql(_SQLITE_INDEX)
    bind.exec_driver_sql(
        f"INSERT INTO job_text (rowid, words) SELECT {_NUMBER.format(row='')}, {_SQLITE_WORDS.format(row='')} FROM job"
        " ORDER BY closed_at IS NOT NULL, id DESC"
    )
    bind.exec_driver_sql("INSERT INTO job_text (job_text) VALUES ('optimize')")


def _upgrade_postgresql() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql("DROP TRIGGER job_search_changed ON job")
    bind.exec_driver_sql(_IN_DOLLARS)
    bind.exec_driver_sql(_POSTGRESQL_FUNCTION)
    bind.exec_driver_sql(_POSTGRESQL_TRIGGER)
    bind.exec_driver_sql(_POSTGRESQL_TABLE)
    bind.exec_driver_sql(_POSTGRESQL_MOVE)
    bind.exec_driver_sql("DROP TABLE job_search")
    bind.exec_driver_sql("ALTER TABLE job_search_next RENAME TO job_search")
    bind.exec_driver_sql("ALTER TABLE job_search ADD PRIMARY KEY (id)")
    for name, condition in (("open", "open"), ("closed", "NOT open")):
        bind.exec_driver_sql(f"CREATE INDEX ix_job_search_{name} ON job_search USING gin (terms) WHERE {condition}")
    bind.exec_driver_sql("ANALYZE job_search")


def _convert_pay() -> None:
    """Finds jobs that pay in other currencies by what it comes to; the triggers do the rest."""
    bind = op.get_bind()
    names = ("id", "pay_max", "pay_currency", "pay_dollars", "facets")
    job = sa.table("job", *(sa.column(name) for name in names))
    foreign = sa.select(job.c.id, job.c.pay_max, job.c.pay_currency, job.c.facets).where(
        job.c.pay_max.is_not(None), job.c.pay_currency != "USD"
    )
    for row in bind.execute(foreign).all():
        dollars = in_dollars(row.pay_max, row.pay_currency)
        first, mark, others = row.facets.partition(" |")
        kept = [name for name in first.split() if not name.startswith("pay:")]
        facets = " ".join(kept + pay_marks(dollars or 0)) + mark + others
        bind.execute(job.update().where(job.c.id == row.id).values(pay_dollars=dollars, facets=facets))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
