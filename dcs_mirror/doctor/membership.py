"""How the connected role gets the rights of a writer: the statement that helps, as things are."""

from dataclasses import dataclass

from dcs_mirror.schema.rights import joining


@dataclass(frozen=True, slots=True)
class Membership:
    """What the connected role is to the role of writers.

    Attributes:
        role: the connected role, quoted.
        writer: the role of writers, quoted.
        is_there: whether the writer exists.
        is_granted: whether it has rights; a role that was made after the migration has none.
        is_member: whether the connected role is a member of it, directly or not.
        has_rights: whether it has the writer's rights without SET ROLE.
        inherits: whether it is INHERIT.
        is_by_grant: whether each membership says so by itself, as from PostgreSQL 16 on.
    """

    role: str
    writer: str
    is_there: bool
    is_granted: bool
    is_member: bool
    has_rights: bool
    inherits: bool
    is_by_grant: bool


def remedy(found: Membership) -> str:
    """Return what gives the connected role the rights that it lacks."""
    steps = []
    if not found.is_there:
        steps.append(f"as an administrator: CREATE ROLE {found.writer}")
    if not found.is_granted or found.has_rights:
        steps.append("as the owner of the schema: run `dcs-mirror migrate`, which grants the rights")
    if not found.has_rights:
        statement = joining(
            found.role,
            found.writer,
            is_member=found.is_member,
            inherits=found.inherits,
            is_by_grant=found.is_by_grant,
        )
        steps.append(f"as an administrator: {statement}")
    return "; then ".join(steps)
