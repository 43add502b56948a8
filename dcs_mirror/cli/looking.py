"""How a command works on a mirror that exists: a connection, once the schema is this program's."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from dcs_mirror.cli.running import prepared, run

if TYPE_CHECKING:
    from dcs_mirror.settings import Settings
    from dcs_mirror.store.database import Connection

T = TypeVar("T")


def with_mirror(work: "Callable[[Connection, Settings], Awaitable[T]]") -> T:
    """Runs ``work`` on one connection to the mirror.

    Raises:
        MirrorError: where there is no mirror, or another program's; as ``work`` does.
    """
    from dcs_mirror.store import migrate

    settings, url = prepared()

    async def connected() -> T:
        async with migrate.connected_current(url) as connection:
            return await work(connection, settings)

    return run(connected)
