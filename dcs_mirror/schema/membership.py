"""How the connected role gets the rights of one of the mirror's: the statement that helps."""

from dataclasses import dataclass
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection

_MEMBERSHIP = sql.load(Path(__file__).parent / "sql" / "membership.sql")


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
        steps.append(f"as an administrator: CREATE ROLE {found.group}")
    if not found.is_granted or found.has_rights:
        steps.append("as the owner of the schema: run `dcs-mirror migrate`, which grants the rights")
    if not found.has_rights:
        statement = joining(
            found.role,
            found.group,
            is_member=found.is_member,
            inherits=found.inherits,
            is_by_grant=found.is_by_grant,
        )
        steps.append(f"as an administrator: {statement}")
    return "; then ".join(steps)


def joining(role: str, group: str, *, is_member: bool, inherits: bool, is_by_grant: bool) -> str:
    """Return the statement that gives a role the rights of another one, as things are.

    Args:
        role: the role, quoted.
        group: the other one, quoted.
        is_member: whether it is a member already, without having its rights.
        inherits: whether the role is INHERIT.
        is_by_grant: whether each membership says so by itself, as from PostgreSQL 16 on.
    """
    join = f"GRANT {group} TO {role}"
    if is_by_grant:
        return join if inherits and not is_member else f"{join} WITH INHERIT TRUE"
    if inherits:
        return join
    inherit = f"ALTER ROLE {role} INHERIT"
    return inherit if is_member else f"{join}; {inherit}"
