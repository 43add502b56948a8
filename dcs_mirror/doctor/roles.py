"""Assessment of the roles: their rights, and what the connected one may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from dcs_mirror.doctor.finding import Finding, ok, problem, warning
from dcs_mirror.plain_text import counted, first_few
from dcs_mirror.schema.membership import Membership, remedy

_ROLE_CHECKS = {
    "reader": "dcs_reader",
    "writer": "dcs_mirror_writer",
    "requester": "dcs_requester",
    "web": "dcs_web",
}
"""What the check of a role is called, which is its usual name."""

_TEMPORARY = "TEMPORARY on database "
"""How a lack of this right begins, before the name of the database."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role that a migration grants rights to.

    ``quoted`` is the name as in SQL; ``purpose`` is reader, writer, requester or web; ``lacks`` names
    the rights that it should have, ``to_inherit`` statements for members that do not have its rights, and
    ``exceeds`` the rights in the mirror's schemas that no migration granted it.
    """

    name: str
    quoted: str
    is_there: bool
    members: int
    lacks: Sequence[str]
    purpose: str
    to_inherit: Sequence[str] = ()
    exceeds: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Privileges:
    """What the connected role may do; ``lacks`` names what a sync would need, ``owns`` allows migrations."""

    role: str
    owns: bool
    may_read: bool
    lacks: Sequence[str]


def assess(found: Sequence[Role]) -> list[Finding]:
    """Whether the roles that give access to others exist and have their privileges."""
    return [_role(role) for role in found]


def of_everyone(exceeds: Sequence[str]) -> list[Finding]:
    """Whether roles have rights in the mirror's schemas without being members of any of its roles.

    Args:
        exceeds: what PUBLIC may do there.
    """
    if not exceeds:
        return []
    revoke = "; ".join(_revoke(right, "PUBLIC") for right in exceeds)
    has = f"every role of the server has rights in the mirror: {first_few(exceeds)}"
    return [warning("PUBLIC", has, f"unless it is meant, as an administrator: {revoke}")]


def _role(role: Role) -> Finding:
    check = _ROLE_CHECKS[role.purpose]
    called = "" if role.name == check else f"role {role.name}: "
    if not role.is_there:
        attributes = " LOGIN" if role.purpose == "reader" else ""
        todo = f"as an administrator: CREATE ROLE {role.quoted}{attributes}; then run `dcs-mirror migrate`"
        return warning(check, f"{called}the role does not exist", todo)
    if role.lacks:
        return problem(check, f"{called}lacks {first_few(role.lacks)}", "run `dcs-mirror migrate`")
    if role.exceeds:
        more = f"{called}has more rights than it needs: {first_few(role.exceeds)}"
        revoke = [_revoke(right, role.quoted) for right in role.exceeds]
        return warning(check, more, f"unless it is meant, as an administrator: {first_few(revoke)}")
    if role.to_inherit:
        several = f"{len(role.to_inherit)} of its members do not have its rights, because they do not inherit"
        return warning(
            check,
            f"{called}{several}",
            f"as an administrator: {first_few([f'`{statement}`' for statement in role.to_inherit])}",
        )
    return ok(check, f"{called}exists with its privileges; {counted(role.members, 'member')}")


def _revoke(right: str, quoted: str) -> str:
    """Return the statement that takes a right such as ``UPDATE (note) on dcs.flag`` from a role."""
    privilege, _, name = right.partition(" on ")
    kind = "" if "." in name else "SCHEMA "
    if privilege == "EXECUTE":
        kind = "FUNCTION "
    return f"`REVOKE {privilege} ON {kind}{name} FROM {quoted}`"


def privileges(found: Privileges, membership: Membership) -> Finding:
    """Whether the connected role has the privileges of a sync."""
    if found.lacks:
        lacks = f"role {found.role} lacks {first_few(found.lacks)}"
        return problem("privileges", lacks, _remedy(found, membership))
    allowed = "sync, migrate and purge" if found.owns else "sync, but neither migrate nor purge"
    return ok("privileges", f"role {found.role} may {allowed}")


def service_privileges(
    found: Privileges, lacks: Sequence[str], membership: Membership, *, asks: bool
) -> Finding:
    """Whether the connected role, which is to serve and not to sync, has the privileges for it.

    Args:
        found: what it may do.
        lacks: which rights it lacks of those that serve.
        membership: what it is to the role of those.
        asks: whether credentials of the DCS are set, with which `serve` asks the DCS by itself.
    """
    if lacks:
        return problem("privileges", f"role {found.role} lacks {first_few(lacks)}", remedy(membership))
    if asks:
        return problem(
            "privileges",
            f"role {found.role} may serve the mirror, but neither sync nor ask the DCS",
            "for `serve`, leave out DCS_API_USERNAME and let workers ask the DCS; for all else use the "
            "account that syncs",
        )
    return ok("privileges", f"role {found.role} may serve the mirror, and nothing else")


def _remedy(found: Privileges, membership: Membership) -> str:
    """What gives the connected role all that it lacks; no migration grants rights on the database itself."""
    on_database = [lack for lack in found.lacks if lack.startswith(_TEMPORARY)]
    steps = [
        f"as an administrator: `GRANT TEMPORARY ON DATABASE {lack.removeprefix(_TEMPORARY)} TO {found.role}`"
        for lack in on_database
    ]
    if len(on_database) < len(found.lacks):
        steps.insert(0, remedy(membership))
    return "; then ".join(steps)
