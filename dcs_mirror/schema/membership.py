"""How the connected role gets the rights of one of the mirror's: the statement that helps."""

from dataclasses import dataclass
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection

_MEMBERSHIP = sql.load(Path(__file__).parent / "sql" / "membership.sql")


MIGRATING = "as the owner of the schema: run `dcs-mirror migrate`, which grants the rights"
"""What gives the mirror's roles their rights."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What the connected role is to one of the mirror's roles, the group.

    Attributes:
        role: the connected role, quoted.
        group: the mirror's role, quoted.
        is_there: whether the group exists.
        is_granted: whether it has rights; a role that was made after the migration has none.
        is_member: whether the connected role is a member of it, directly or not.
        has_rights: whether it has the group's rights without SET ROLE.
        inherits: whether it is INHERIT.
        is_by_grant: whether each membership says so by itself, as from PostgreSQL 16 on.
    """

    role: str
    group: str
    is_there: bool
    is_granted: bool
    is_member: bool
    has_rights: bool
    inherits: bool
    is_by_grant: bool


async def look(connection: Connection, group: str) -> Membership:
    """Return what the connected role is to a role of this name."""
    row = await connection.fetchrow(*_MEMBERSHIP.bind({"group": group}))
    assert row is not None  # noqa: S101 - the session's role exists
    return Membership(*row)


def remedy(found: Membership) -> str:
    """Return what gives the connected role the rights that it lacks."""
    steps = []
    if not found.is_there:
        steps.append(f"as an administrator: `CREATE ROLE {found.group}`")
    if not found.is_granted or found.has_rights:
        steps.append(MIGRATING)
    if not found.has_rights:
        steps.append(f"as an administrator: {_joining(found)}")
    return "; then ".join(steps)


def _joining(found: Membership) -> str:
    """Return the statement that gives the connected role the group's rights, as things are."""
    join = f"GRANT {found.group} TO {found.role}"
    if found.is_by_grant:
        return f"`{join}`" if found.inherits and not found.is_member else f"`{join} WITH INHERIT TRUE`"
    if found.inherits:
        return f"`{join}`"
    inherit = f"`ALTER ROLE {found.role} INHERIT`"
    return inherit if found.is_member else f"`{join}`; {inherit}"
