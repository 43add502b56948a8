"""Every number on a page of the dashboard that is a link, and the rows that the link leads to."""

import csv
import io
import re
from collections.abc import Awaitable, Callable
from html import unescape

_NUMBER = re.compile(
    r'<a href="(?P<address>[^"]+)"[^>]*>'
    # The number, what it counts before it, or the number after the link, as facets have it.
    r"(?:(?:[^<>]*: )?(?P<inside>[\d,]+)(?: now)?(?:<span|</a>)|<bdi>[^<]+</bdi></a> \((?P<after>[\d,]+)\))"
)
_TABLES = (
    ("/items?", "items"),
    ("#june_columns", "june_columns"),
    ("/june/", "june_items"),
    ("/runs/", "run_changes"),
    ("#courses", "courses"),
    ("/august", "flags"),
)
"""Which table an address leads to, by what it holds."""
_WAITS = re.compile(r'<ol class="tasks" id="waits">.*?</ol>', re.DOTALL)

HELD = """
INSERT INTO dcs_mirror.sync_run (run_id, kind, started_at, finished_at, outcome, requests)
OVERRIDING SYSTEM VALUE
VALUES (9001, 'sync', now(), now(), 'partial', 1), (9002, 'refresh', now(), now(), 'complete', 1);
INSERT INTO dcs_mirror.sync_outcome (
    run_id, hei_id, outcome, courses, content_items, error, recorded_at, is_full
)
SELECT n.run_id, o.hei_id, n.outcome, o.courses, o.content_items, n.error, now(), n.is_full
FROM (VALUES (9001, 'held', 'C3: 9 of 10 would be marked as removed', true),
             (9002, 'complete', NULL, false)) AS n (run_id, outcome, error, is_full),
     (SELECT * FROM dcs.sync_outcome WHERE hei_id = {hei_id} ORDER BY run_id DESC LIMIT 1) AS o;
"""
"""An institution is held, and one of its courses was read since."""
FURTHER = """
UPDATE dcs_mirror.course AS c SET course_code = o.course_code || ' ', status = 'Deleted'
FROM (SELECT min(course_key) AS one, max(course_key) AS other
      FROM dcs_mirror.course WHERE hei_id = {hei_id}) AS k,
     dcs_mirror.course AS o
WHERE c.course_key = k.other AND o.course_key = k.one;
UPDATE dcs_mirror.content_item AS i SET course_code = c.course_code
FROM dcs_mirror.course AS c WHERE c.course_key = i.course_key;
INSERT INTO dcs_mirror.recheck_flag (
    hei_id, item_key, licence_year, kind, flagged_at, acknowledged_at, resolved_at
)
SELECT i.hei_id, i.item_key, 2025, k.kind, now(), CASE WHEN i.item_key % 3 = 0 THEN now() END,
       CASE WHEN i.item_key % 3 = 1 THEN now() END
FROM dcs_mirror.content_item AS i, (VALUES ('pending'), ('licence')) AS k (kind)
WHERE i.item_key % 5 = 0;
INSERT INTO dcs_mirror.target (table_schema, table_name, column_name, added_at)
VALUES ('public', 'reading', 'dcs_id', now()), ('public', 'loan', 'dcs_id', now());
INSERT INTO dcs_mirror.target_report (target_id, hei_id, rewritten, error, reported_at)
SELECT target_id, {hei_id}, 7, CASE table_name WHEN 'loan' THEN 'permission denied' END, now()
FROM dcs_mirror.target;
UPDATE dcs_mirror.content_item SET removed_at = NULL
WHERE item_key = (SELECT min(key) FROM dcs_mirror.change
                  WHERE kind = 'removed' AND entity = 'content_item' AND hei_id = {hei_id});
UPDATE dcs_mirror.sync_outcome SET content_items = content_items + 1 WHERE hei_id = {hei_id};
"""
"""Two courses whose codes are one but for a blank, flags in each state, one of two columns that failed, and
an item that was not carried over and is back."""


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a table's file."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def numbers_of(page: str) -> dict[str, int]:
    """The numbers on a page by the addresses that they lead to."""
    return {
        unescape(found["address"]): int((found["inside"] or found["after"]).replace(",", ""))
        for found in _NUMBER.finditer(page)
    }


async def wrong_numbers(page: str, get: Callable[[str], Awaitable[str]]) -> dict[str, tuple[int, int]]:
    """The numbers on a page that are not those of their rows: each with how many rows there are.

    Args:
        page: the page.
        get: returns what is at an address.
    """
    wrong = {}
    for address, number in numbers_of(page).items():
        rows = await _rows_behind(address, get)
        if rows != number:
            wrong[address] = (number, rows)
    return wrong


async def _rows_behind(address: str, get: Callable[[str], Awaitable[str]]) -> int:
    path, _, _ = address.partition("#")
    if address.endswith("#waits"):
        found = _WAITS.search(await get(path))
        return 0 if found is None else found[0].count("<li>")
    table = next(name for mark, name in _TABLES if mark in address)
    return len(rows_of(await get(f"{path}{'&' if '?' in path else '?'}download={table}")))
