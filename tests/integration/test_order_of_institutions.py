"""Lists that are in the order of institutions' names: those without a name come last, by their ids."""

import itertools
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

from dcs_mirror.database.connections import Connection
from dcs_mirror.web.dashboard import pages
from dcs_mirror.web.dashboard.site import STATEMENTS
from dcs_mirror.web.dashboard.tables import Table

NAMES = {5: None, 10: "", 20: "zeta College", 30: "Alpha University", 40: "'A' School"}
BY_NAME = [40, 30, 20, 5, 10]
INSTITUTIONS = """
INSERT INTO dcs_mirror.institution (hei_id, name, subscribed, first_seen_at, changed_at)
SELECT n.hei_id, n.name, true, now(), now() FROM unnest($1::integer[], $2::text[]) AS n (hei_id, name)
"""
ROWS = """
INSERT INTO dcs_mirror.content_item (
    hei_id, request_id, title, content_status, first_seen_at, seen_at, changed_at
)
SELECT h.hei_id, n, 'A', 'New Request', now(), now(), now()
FROM (SELECT * FROM dcs_mirror.institution ORDER BY hei_id DESC) AS h, generate_series(1, 2) AS n;
INSERT INTO dcs_mirror.recheck_flag (hei_id, item_key, licence_year, kind, flagged_at)
SELECT hei_id, item_key, 2026, 'pending', now() FROM dcs_mirror.content_item;
INSERT INTO dcs_mirror.call (
    hei_id, method, parameters, state, sent_at, ended_at, request_id, last_course_key, last_item_key
)
SELECT h.hei_id, 'SubmitRequest', '{"Title": "A"}', s.state, now(), now(), s.request_id, 0, 0
FROM dcs_mirror.institution AS h, (VALUES ('answered', 7), ('unknown', NULL)) AS s (state, request_id);
INSERT INTO dcs_mirror.sync_run (run_id, kind, started_at, finished_at, outcome)
OVERRIDING SYSTEM VALUE VALUES (1, 'sync', now(), now(), 'partial');
INSERT INTO dcs_mirror.sync_outcome (run_id, hei_id, outcome, recorded_at, is_full)
SELECT 1, hei_id, 'held', now(), true FROM dcs_mirror.institution;
INSERT INTO dcs_mirror.job (kind, hei_id, state, enqueued_at)
SELECT 'reconcile', hei_id, 'failed', now() FROM dcs_mirror.institution;
INSERT INTO dcs_mirror.quarantine (hei_id, position, reason, raw_text, reading_order, first_seen_at)
SELECT hei_id, 1, 'no id', '', 1, now() FROM dcs_mirror.institution;
INSERT INTO dcs_mirror.refresh_request (hei_id, requested_by, requested_at)
SELECT hei_id, 'one', now() FROM dcs_mirror.institution;
"""
NARROWED = (
    "hei_ids", "hei_id", "item_keys", "words", "patterns", "course_key", "status", "licence", "source",
    "year", "flag", "state", "licence_year", "assigned", "call_ids",
)  # fmt: skip
VALUES = {
    "found_keys": [], "run_id": 1, "is_wrong": False, "skip": 0, "most": None,
    "now": datetime(2026, 8, 6, tzinfo=UTC), "accepted_before": datetime(2026, 7, 30, tzinfo=UTC),
    "stale": timedelta(hours=36),
}  # fmt: skip
OF_INSTITUTIONS = ("institutions", "name")
"""The table whose rows are institutions, and its column of their names."""


def _tables() -> Iterator[tuple[str, str]]:
    """The statement of each table that can be sorted by institution, with the column that does it."""
    yield OF_INSTITUTIONS
    for module in pkgutil.iter_modules(pages.__path__):
        for table in vars(import_module(f"{pages.__name__}.{module.name}")).values():
            if isinstance(table, Table) and any(
                column.name == "institution" and column.sorts for column in table.columns
            ):
                yield table.statement or table.name, "institution"


async def test_institutions_without_a_name_come_after_the_others(connection: Connection) -> None:
    await connection.execute(INSTITUTIONS, list(NAMES), list(NAMES.values()))
    await connection.execute(ROWS)
    values = {**dict.fromkeys(NARROWED), **VALUES}
    (query, *arguments) = STATEMENTS["institution_names"].bind(values)
    assert [row["hei_id"] for row in await connection.fetch(query, *arguments)] == BY_NAME
    tables = list(_tables())
    assert len(tables) > 10, tables
    for name, sort in tables:
        for is_descending in (False, True):
            given = {**values, "sort": sort, "is_descending": is_descending}
            (query, *arguments) = STATEMENTS[name].bind(given)
            found = [row["hei_id"] for row in await connection.fetch(query, *arguments)]
            wanted = BY_NAME[::-1] if is_descending else BY_NAME
            assert [hei_id for hei_id, _ in itertools.groupby(found)] == wanted, (name, is_descending)
