"""Marks of a job as the numbers of the sets that it shares with others

Counting the marks of 10,000 jobs is then counting short numbers, and the row of a job, which is read for each that is
found, is short as well.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# ruff: noqa: S608 - no statement here holds anything but the names of this file
_COLUMNS = "id, open, score, moment, pay, company"
_JOB_SEARCH = """
CREATE TABLE job_search_next (
    id INTEGER{key}, open BOOLEAN NOT NULL, score INTEGER NOT NULL, moment BIGINT NOT NULL, pay INTEGER,
    company TEXT NOT NULL, sets TEXT NOT NULL{more}
)
"""
# A look at the index for each set: as a join, PostgreSQL would plan it for the few sets of the first day and keep that.
_KNOWN = "(SELECT {id} FROM mark_set AS known WHERE known.marks = trim(value) LIMIT 1)"
_ADD = f"""INSERT INTO mark_set (marks) SELECT DISTINCT trim(value) FROM {{parts}}
    WHERE trim(value) <> '' AND {_KNOWN} IS NULL"""
_SETS = f"coalesce((SELECT {{join}}({_KNOWN}, ' ') FROM {{parts}} WHERE trim(value) <> ''), '')"

_SQLITE = {
    # Quoted before it is cut: a mark may hold anything that a posting calls a skill.
    "parts": """json_each('[' || replace(json_quote({marks}), ' | ', '","') || ']')""",
    "join": "group_concat",
    "id": "known.id",
}
_POSTGRESQL = {
    "parts": "unnest(string_to_array({marks}, ' | ')) AS value",
    "join": "string_agg",
    "id": "known.id::text",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
    else:
        _upgrade_sqlite()


def _upgrade_sqlite() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql("CREATE TABLE mark_set (id INTEGER PRIMARY KEY, marks TEXT NOT NULL UNIQUE)")
    triggers = {}
    for name in ("job_search_added", "job_search_changed", "job_search_dropped"):
        (triggers[name],) = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).one()
        bind.exec_driver_sql(f"DROP TRIGGER {name}")
    _move(_JOB_SEARCH.format(key=" PRIMARY KEY", more=""), _SQLITE)
    marks = "new.facets || ' ' || new.sources"
    add, sets = (_filled(statement, _SQLITE, marks) for statement in (_ADD, _SETS))
    insert = "INSERT OR REPLACE INTO job_search (id, open, score, moment, pay, company, "
    for trigger in triggers.values():
        trigger = trigger.replace(f"{insert}facets)", f"{add};\n    {insert}sets)")
        bind.exec_driver_sql(trigger.replace(f"{marks});", f"{sets});"))


def _upgrade_postgresql() -> None:
    bind = op.get_bind()
    bind.exec_driver_sql("CREATE TABLE mark_set (id SERIAL PRIMARY KEY, marks TEXT NOT NULL)")
    # Not unique: two scans that add the same set at once must not wait for each other. A set may be long: hash.
    bind.exec_driver_sql("CREATE INDEX ix_mark_set ON mark_set USING hash (marks)")
    _move(_JOB_SEARCH.format(key="", more=", terms TSVECTOR NOT NULL"), _POSTGRESQL, more=", terms")
    bind.exec_driver_sql("ALTER TABLE job_search ADD PRIMARY KEY (id)")
    for name, condition in (("open", "open"), ("closed", "NOT open")):
        bind.exec_driver_sql(f"CREATE INDEX ix_job_search_{name} ON job_search USING gin (terms) WHERE {condition}")
    bind.exec_driver_sql("ANALYZE job_search")
    (function,) = bind.exec_driver_sql("SELECT pg_get_functiondef('keep_job_search'::regproc)").one()
    add, sets = (_filled(statement, _POSTGRESQL, "marks") for statement in (_ADD, _SETS))
    function = function.replace("facets, terms)", "sets, terms)").replace("2), marks,", f"2), {sets},")
    function = function.replace("facets = excluded.facets", "sets = excluded.sets")
    bind.exec_driver_sql(function.replace("BEGIN", f"BEGIN\n    {add};", 1))


def _filled(statement: str, dialect: dict[str, str], marks: str) -> str:
    return statement.format(**{**dialect, "parts": dialect["parts"].replace("{marks}", marks)})


def _move(table: str, dialect: dict[str, str], *, more: str = "") -> None:
    """Puts the rows into a table with numbers of sets in the place of their marks."""
    bind = op.get_bind()
    sets = _filled(_SETS, dialect, "s.facets")
    parts = _filled("{parts}", dialect, "s.facets")
    bind.exec_driver_sql(
        f"INSERT INTO mark_set (marks) SELECT DISTINCT trim(value) FROM job_search s, {parts} WHERE trim(value) <> ''"
    )
    bind.exec_driver_sql(table)
    rows = f"SELECT {_COLUMNS}, {sets}{more} FROM job_search s ORDER BY id"
    bind.exec_driver_sql(f"INSERT INTO job_search_next ({_COLUMNS}, sets{more}) {rows}")
    bind.exec_driver_sql("DROP TABLE job_search")
    bind.exec_driver_sql("ALTER TABLE job_search_next RENAME TO job_search")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
