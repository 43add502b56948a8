"""A mirror of three items whose links are asked for; the last one is not listed any more."""

from pathlib import Path

from dcs_mirror.database.connections import Connection
from tests.support.command import CommandLine, command_line
from tests.support.readings import apply_reading, item, reading

G = "2998e0f4-db2d-e811-80bf-0025900000"
KEYS = ["line", "input", "item_key", "hei_id", "request_id", "is_openable", "why_not", "since", "content_url"]


def link(number: int) -> str:
    return f"https://contentstore.cla.co.uk/secure/link?id={G}{number}"


async def linked(folder: Path, database: str, connection: Connection) -> CommandLine:
    """The command line of a mirror that has the items 10, 11 and 12."""
    items = [item(n, content_guid=f"{G}{n}", content_url=link(n)) for n in (10, 11, 12)]
    await apply_reading(connection, reading({"A": items}))
    await apply_reading(connection, reading({"A": items[:2]}, night=1))
    return command_line(folder, None, database)
