"""Writes docs/schema.md from the comments that the migrated database holds; `make docs` runs it.

Given the address of a migrated database it only prints the page. Without one it starts an embedded
server for the moment and writes the file.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import asyncpg

from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.schema import migrate

PAGE = Path(__file__).with_name("schema.md")

INTRODUCTION = """\
# The schema `dcs`

Written by `make docs` from the comments in the database: change those, not this page.

Read these views and functions as the role `dcs_reader`. Columns are only ever added. A sync never deletes
an institution, course or item: a course or item that the DCS no longer lists has a `removed_at`. Times are
`timestamptz`. The tables behind the views, in the schema `dcs_mirror`, may change with any release.
"""

COLUMNS = """
SELECT c.relname AS view, obj_description(c.oid, 'pg_class') AS view_comment,
       a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       col_description(c.oid, a.attnum) AS comment
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'dcs'::regnamespace
ORDER BY array_position(
             '{institution,course,content_item,request_id_history,status_change,recheck_flag,change}',
             c.relname::text
         ), c.relname, a.attnum
"""

FUNCTIONS = """
SELECT p.proname AS name, pg_get_function_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS result, obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc AS p
WHERE p.pronamespace = 'dcs'::regnamespace
ORDER BY p.proname, p.oid
"""


async def page(url: str) -> str:
    """The page in Markdown, for the migrated database at ``url``.

    Raises:
        SystemExit: where a view, a column or a function has no comment.
    """
    connection = await asyncpg.connect(url)
    try:
        columns = await connection.fetch(COLUMNS)
        functions = await connection.fetch(FUNCTIONS)
    finally:
        await connection.close()
    lines = [INTRODUCTION]
    for view, rows in groupby(columns, key=itemgetter("view")):
        described = list(rows)
        told = _told(described[0]["view_comment"], f"dcs.{view}")
        lines.append(f"## `dcs.{view}`\n\n{told}\n\n| column | type | meaning |\n| --- | --- | --- |")
        for row in described:
            told = _told(row["comment"], f"dcs.{view}.{row['column']}")
            lines.append(_column(row["column"], row["type"], told))
        lines.append("")
    lines.append("## Functions\n")
    for row in functions:
        told = _told(row["comment"], f"dcs.{row['name']}")
        lines.append(f"### `dcs.{row['name']}({row['arguments']}) RETURNS {row['result']}`\n\n{told}\n")
    return "\n".join(lines)


def _column(name: str, kind: str, comment: str) -> str:
    kind = kind.replace("timestamp with time zone", "timestamptz")
    return f"| `{name}` | {kind} | {comment.replace('|', '&#124;')} |"


def _told(comment: str | None, owner: str) -> str:
    if not comment:
        raise SystemExit(f"{owner} has no COMMENT")
    return comment


def main() -> None:
    """Prints the page for a database, or writes the file from a fresh one."""
    if len(sys.argv) > 1:
        sys.stdout.write(asyncio.run(page(sys.argv[1])))
        return
    with migrated_database() as url:
        PAGE.write_text(asyncio.run(page(url)), encoding="utf-8")


@contextmanager
def migrated_database() -> Iterator[str]:
    """The address of a migrated, empty database on an embedded server that is there for the moment."""
    with tempfile.TemporaryDirectory(prefix="dcs-docs-") as folder:
        server = EmbeddedServer(Path(folder))
        server.start()
        try:
            server.ensure_database()
            asyncio.run(migrate.migrate(server.url()))
            yield server.url()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
