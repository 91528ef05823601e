"""Trap 40, the labels: whatever the statement looks like, operation and table are what it does and to whom."""

import pytest

from iam_job_scout.monitoring.sql_labels import OPERATIONS, OTHER, describe


@pytest.mark.parametrize(
    ("sql", "operation", "table"),
    [
        ("SELECT a FROM jobs WHERE b = 'from nowhere'", "select", "jobs"),
        ("/* who: me */ select * from jobs", "select", "jobs"),
        ("-- a note from us\nSELECT 1 FROM jobs", "select", "jobs"),
        ('SELECT "jobs".id FROM "public"."jobs" JOIN postings ON true', "select", "jobs"),
        ("SELECT count(*) FROM (SELECT id FROM jobs) AS t", "select", "jobs"),
        ("SELECT 1", "select", "none"),
        ("INSERT INTO jobs (a) VALUES (?)", "insert", "jobs"),
        ("INSERT OR IGNORE INTO jobs VALUES (1)", "insert", "jobs"),
        ("INSERT INTO jobs SELECT * FROM staging", "insert", "jobs"),
        ("update only jobs set a = 1", "update", "jobs"),
        ("DELETE FROM jobs", "delete", "jobs"),
        ("WITH recent AS (SELECT * FROM postings) SELECT * FROM recent", "select", "postings"),
        ("WITH recent AS (SELECT id FROM postings) UPDATE jobs SET a = 1 FROM recent", "update", "jobs"),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT n FROM t) INSERT INTO jobs SELECT n FROM t", "insert", "jobs"),
        ("CREATE TABLE IF NOT EXISTS jobs (id int)", "create", "jobs"),
        ("SAVEPOINT sa_savepoint_1", "savepoint", "none"),
        ("PRAGMA journal_mode", "pragma", "none"),
        ("FROBNICATE everything", "other", "none"),
        ("", "other", "none"),
    ],
)
def test_a_statement_is_described(sql: str, operation: str, table: str) -> None:
    assert describe(sql) == (operation, table)


def test_operations_are_a_closed_set() -> None:
    assert {describe(f"word{n} from t").operation for n in range(100)} <= OPERATIONS | {OTHER}
