"""What is ok and what is not: pure decisions over what was read, each with the words for the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dcs_mirror.doctor.finding import Finding, ok, problem, warning
from dcs_mirror.schema import catalogue
from dcs_mirror.schema.migrate import SchemaState
from dcs_mirror.settings import Settings
from dcs_mirror.store.unseen import UnseenRequest

SKEW = timedelta(seconds=10)
"""How far the clocks may be apart: years, the recheck window and ages are told by this machine's (S2)."""

STALE = timedelta(hours=36)
"""Age beyond which a night was missed."""

LONGEST_RUN = timedelta(hours=6)
REMEMBERED = timedelta(days=7)
"""A run that did not end within the one is dead; one that began before the other is history."""

UNSEEN = timedelta(days=7)
"""Age beyond which a request that the DCS gave an id and never showed needs somebody (A7)."""

_LOCAL = {"localhost", "127.0.0.1", "::1"}

_HELD = {
    "C3": "if the institution did clear out its courses: dcs-mirror sync --hei {hei_id} --accept-removals",
    "R7": "nothing at first; ask CLA if it lasts",
    "R8": "nothing: the next sync reads the institution again",
}
"""What to do about an institution that a rule holds, by the rule's number."""


@dataclass(frozen=True, slots=True)
class Role:
    """A group that a migration makes; ``lacks`` names the privileges that it should have."""

    name: str
    is_there: bool
    members: int
    lacks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Privileges:
    """What the connected role may do; ``lacks`` names what a sync needs, ``owns`` allows migrations."""

    role: str
    owns: bool
    may_read: bool
    lacks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Column:
    """A registered column as the connected role sees it; ``error`` is what its last rewriting told."""

    name: str
    is_there: bool
    may_write: bool
    row_security: bool
    error: str | None


@dataclass(frozen=True, slots=True)
class Quarantine:
    """How many records that identify nothing stand in quarantine, and since when the first of them does."""

    records: int
    first_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class InstitutionState:
    """How one institution stands; ``owed`` counts items that still bear an id of an earlier year (R4).

    ``last_synced_at`` is when the whole of it was last read and applied; ``outcome`` and ``error`` are its
    latest ones.
    """

    hei_id: int
    subscribed: bool
    last_synced_at: datetime | None
    outcome: str | None
    error: str | None
    owed: int


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run of which no end is recorded."""

    run_id: int
    kind: str
    started_at: datetime


def settings(given: Settings) -> list[Finding]:
    """What the settings say that is no error, but should be known."""
    findings = [ok("settings", "every setting can be right")]
    if plain := unencrypted("settings", "DCS_API_URL", given.api_url):
        findings.append(plain)
    if given.now is not None:
        findings.append(
            warning(
                "settings",
                f"DCS_NOW is set: the mirror believes that it is {given.now.isoformat()}",
                "unset it for a real mirror: it dates everything that is stored",
            )
        )
    return findings


def unencrypted(check: str, setting: str, url: str) -> Finding | None:
    """A warning where credentials would leave this machine in plain text; None where they would not."""
    address = urlsplit(url)
    if address.scheme != "http" or address.hostname in _LOCAL:
        return None
    return warning(check, f"{setting} is http://: the credentials travel unencrypted", "use https://")


def skew(ahead: timedelta) -> Finding:
    """Whether this machine's clock is right; ``ahead`` is what the DCS's is ahead of it."""
    seconds = ahead.total_seconds()
    if abs(ahead) <= SKEW:
        return ok("clock", f"within {SKEW.total_seconds():.0f} s of the DCS's")
    return warning(
        "clock",
        f"this machine's clock is {abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} the DCS's",
        "keep it right (NTP): what is fresh and what August's recheck did are told by it",
    )


def schema(state: SchemaState, differences: Sequence[str] = ()) -> Finding:
    """How the schema stands to this program; ``differences`` are those of a current one's tables."""
    told = f"the schema is {state.value}"
    if state is SchemaState.CURRENT and differences:
        return warning(
            "schema",
            f"{told}, but not as its migrations make it: {catalogue.summary(differences)}",
            "undo what was changed by hand; if a version that was never released made the schema, "
            "sync into a new database",
        )
    if state is SchemaState.CURRENT:
        return ok("schema", told)
    if state is SchemaState.NEWER:
        return problem("schema", told, "install a newer dcs-mirror")
    if state is SchemaState.EMPTY:
        return warning("schema", told, "run `dcs-mirror migrate`; the first sync does so, too")
    return problem("schema", told, "run `dcs-mirror migrate`")


def roles(found: Sequence[Role]) -> list[Finding]:
    """Whether the groups that others are let in by are there, and may what they should."""
    return [_role(role) for role in found]


def _role(role: Role) -> Finding:
    if not role.is_there:
        attributes = " LOGIN" if role.name == "dcs_reader" else ""
        todo = f"as an administrator: CREATE ROLE {role.name}{attributes}; then run `dcs-mirror migrate`"
        return warning(role.name, "there is no such role", todo)
    if role.lacks:
        return problem(role.name, f"lacks {_first(role.lacks)}", "run `dcs-mirror migrate`")
    return ok(role.name, f"is there and granted; {role.members} members")


def privileges(found: Privileges) -> Finding:
    """Whether the connected role may do what a sync does."""
    if found.lacks:
        todo = f"as an administrator: GRANT dcs_mirror_writer TO {found.role}"
        return problem("privileges", f"role {found.role} lacks {_first(found.lacks)}", todo)
    able = "sync, migrate and purge" if found.owns else "sync, but neither migrate nor purge"
    return ok("privileges", f"role {found.role} may {able}")


def columns(found: Sequence[Column]) -> list[Finding]:
    """Whether June can rewrite the registered columns (R9)."""
    if not found:
        return [ok("registered columns", "none")]
    return [_column(column) for column in found]


def _column(column: Column) -> Finding:
    check, name = "registered columns", column.name
    if not column.is_there:
        return problem(check, f"{name} is not there", "bring it back, or `dcs-mirror targets remove` it")
    if not column.may_write:
        todo = "let the mirror's role in: docs/downstream.md, Register the column"
        return problem(check, f"{name} may not be read and updated by the mirror's role", todo)
    if column.error is not None:
        todo = "mend what it says, then run `dcs-mirror reconcile`"
        return problem(check, f"{name} could not be rewritten: {column.error}", todo)
    if column.row_security:
        todo = "give the mirror's role a policy that shows it every row"
        return warning(check, f"{name} is under row-level security: not every row may be rewritten", todo)
    return ok(check, name)


def lookups(institutions: Sequence[InstitutionState]) -> Finding:
    """Whether items still bear an id of an earlier year (R4)."""
    owing = [institution for institution in institutions if institution.owed]
    if not owing:
        return ok("look-ups", "none is owed")
    return warning(
        "look-ups",
        f"{sum(i.owed for i in owing)} items bear an id of an earlier year (institutions {_ids(owing)})",
        "run `dcs-mirror reconcile`; the next sync asks for them, too",
    )


def unseen(requests: Sequence[UnseenRequest], *, now: datetime) -> list[Finding]:
    """Submitted requests that the DCS has not shown for longer than ``UNSEEN`` (A7)."""
    found = [
        warning(
            "submitted requests",
            f"the DCS gave request {request.request_id} its id on {request.ended_at:%d %B %Y} and never "
            f"showed it (institution {request.hei_id})",
            "every sync asks for it; ask CLA, and to end it: "
            f"`dcs-mirror calls settle {request.call_id} --gone`",
        )
        for request in requests
        if now - request.ended_at > UNSEEN
    ]
    return found or [ok("submitted requests", "all of them were seen in the DCS, or are new")]


def outcomes(institutions: Sequence[InstitutionState]) -> list[Finding]:
    """Institutions whose latest run did not land whole."""
    found = [_outcome(i) for i in institutions if i.outcome in {"held", "failed", "partial"}]
    return found or [ok("outcomes", "every institution landed whole the last time")]


def _outcome(institution: InstitutionState) -> Finding:
    error = institution.error or "no reason is recorded"
    told = f"institution {institution.hei_id} {institution.outcome}: {error}"
    if institution.outcome == "held":
        todo = _HELD.get(error.partition(":")[0], "see docs/operating.md").format(hei_id=institution.hei_id)
        return problem("outcomes", told, todo)
    return warning("outcomes", told, "the next sync tries again; look into it if it lasts")


def quarantine(found: Quarantine) -> Finding:
    """Whether records that identify nothing wait for upstream to mend them (W4)."""
    if not found.records:
        return ok("quarantine", "empty")
    return warning(
        "quarantine",
        f"{found.records} records without an identity, the first since {found.first_seen_at:%d %B %Y}",
        "show them to CLA: `dcs-mirror quarantine --json`",
    )


def freshness(institutions: Sequence[InstitutionState], *, now: datetime) -> Finding:
    """Whether each subscribed institution was read whole within ``STALE``."""
    subscribed = [institution for institution in institutions if institution.subscribed]
    if not subscribed:
        return warning("freshness", "nothing is mirrored yet", "run `dcs-mirror sync`")
    stale = [i for i in subscribed if i.last_synced_at is None or now - i.last_synced_at > STALE]
    hours = f"{STALE.total_seconds() / 3600:.0f} h"
    if not stale:
        return ok("freshness", f"{len(subscribed)} institutions were read whole in the last {hours}")
    return problem(
        "freshness",
        f"{len(stale)} of {len(subscribed)} institutions were not read whole for {hours} ({_ids(stale)})",
        "see whether the nightly sync runs, and how it ends",
    )


def runs(unfinished: Sequence[UnfinishedRun], *, now: datetime) -> Finding:
    """Whether runs were killed lately."""
    dead = [run for run in unfinished if LONGEST_RUN < now - run.started_at < REMEMBERED]
    if not dead:
        return ok("runs", f"every run of the last {REMEMBERED.days} days ended, or is under way")
    last = dead[-1]
    return warning(
        "runs",
        f"{len(dead)} runs of the last {REMEMBERED.days} days never ended, the latest: {last.kind} "
        f"{last.run_id} of {last.started_at:%Y-%m-%d %H:%M} UTC",
        "see what killed them: memory, a time limit of the job; the next sync does what they left",
    )


def _ids(institutions: Sequence[InstitutionState]) -> str:
    return _first([str(institution.hei_id) for institution in institutions])


def _first(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
