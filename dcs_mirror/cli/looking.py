"""How a command works on a mirror that exists: a connection, once the schema is this program's."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from dcs_mirror.cli.program import prepare, run

if TYPE_CHECKING:
    from dcs_mirror.database.connections import Connection
    from dcs_mirror.settings import Settings

T = TypeVar("T")


def with_mirror(work: "Callable[[Connection, Settings], Awaitable[T]]") -> T:
    """Runs ``work`` on one connection to the mirror.

    Raises:
        MirrorError: where there is no mirror, or another program's; as ``work`` does.
    """
    from dcs_mirror.schema import migrate

    settings, url = prepare()

    async def connected() -> T:
        async with migrate.connect_to_mirror(url) as connection:
            return await work(connection, settings)

    return run(connected)
