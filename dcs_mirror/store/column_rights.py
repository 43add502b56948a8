"""What the mirror's role lacks to rewrite a registered column (R9)."""

from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection

_RIGHTS = sql.load(Path(__file__).with_name("column_rights.sql"))


async def lacking(
    connection: Connection, table_schema: str, table_name: str, column_name: str, hei_column: str | None
) -> list[str]:
    """Return what gives the connected role what it lacks; nothing if there is no such column.

    Statements are in backticks. A role from which policies may hide rows lacks ``BYPASSRLS``: no policy of
    its own is enough.
    """
    values = {
        "table_schema": table_schema,
        "table_name": table_name,
        "column_name": column_name,
        "hei_column": hei_column,
    }
    return [row["remedy"] for row in await connection.fetch(*_RIGHTS.bind(values))]
