"""The names of the roles that give others access: a cluster's, so two mirrors in one need different ones."""

from dataclasses import dataclass, replace

from dcs_mirror.database.connections import Connection

DEFAULT_PREFIX = "dcs_"

_IS_KEPT = "SELECT to_regclass('dcs_mirror.role') IS NOT NULL"
_NAMES = "SELECT r.purpose, r.name FROM dcs_mirror.role AS r"


@dataclass(frozen=True, slots=True)
class RoleNames:
    """The role that downstream systems read as, the one whose members may do all that a night needs, the one
    whose members may ask for a refresh in SQL, and the one whose members may serve the mirror over HTTP."""

    reader: str = f"{DEFAULT_PREFIX}reader"
    writer: str = f"{DEFAULT_PREFIX}mirror_writer"
    requester: str = f"{DEFAULT_PREFIX}requester"
    web: str = f"{DEFAULT_PREFIX}web"

    @classmethod
    def with_prefix(cls, prefix: str) -> "RoleNames":
        """The names that begin with ``prefix``."""
        return cls(f"{prefix}reader", f"{prefix}mirror_writer", f"{prefix}requester", f"{prefix}web")


async def recorded(connection: Connection) -> RoleNames:
    """Return the names of this database's roles: those of its last migration, else the usual ones."""
    if not await connection.fetchval(_IS_KEPT):
        return RoleNames()
    kept = {row["purpose"]: row["name"] for row in await connection.fetch(_NAMES)}
    # An earlier release knew fewer roles; the others begin as those that it knew.
    prefix = kept.get("reader", RoleNames().reader).removesuffix("reader")
    return replace(RoleNames.with_prefix(prefix), **kept)
