"""The moment at which these tests take place."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
