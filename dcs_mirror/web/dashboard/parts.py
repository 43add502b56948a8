"""What the dashboard uses of the service."""

from dataclasses import dataclass

from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import Pool
from dcs_mirror.database.retry import Database
from dcs_mirror.web.identity import Identity
from dcs_mirror.web.link_lists import LinkLists
from dcs_mirror.web.record import Record
from dcs_mirror.web.refreshing import Refreshes


@dataclass(frozen=True, slots=True)
class Parts:
    """What the dashboard uses of the service.

    Attributes:
        pool: connections that only read.
        database: connections that may write.
        public_url: where people reach the service; None if that is not set.
    """

    pool: Pool
    database: Database
    clock: Clock
    identity: Identity
    refreshes: Refreshes
    record: Record
    lists: LinkLists
    public_url: str | None
