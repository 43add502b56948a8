"""Assessment of the gathered facts: pure functions that return findings for the operator."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dcs_mirror.database.fitness import Unfit
from dcs_mirror.doctor.finding import Finding, ok, problem, warning
from dcs_mirror.notify.found import STALE
from dcs_mirror.plain_text import counted, first_few, lasting, shown_path
from dcs_mirror.schema import catalogue
from dcs_mirror.schema.migrate import SchemaState
from dcs_mirror.settings import Settings, is_this_machine
from dcs_mirror.store.release import advice
from dcs_mirror.store.unseen import UnseenRequest
from dcs_mirror.upstream.address import wrong_version
from dcs_mirror.upstream.surroundings import Proxy

SKEW = timedelta(seconds=10)
"""Largest tolerated clock difference: the recheck window and ages depend on this machine's clock (S2)."""

LONGEST_RUN = timedelta(hours=6)
"""Age beyond which a run without an end counts as killed."""

REMEMBERED = timedelta(days=7)
"""Age beyond which a killed run is no longer reported."""


@dataclass(frozen=True, slots=True)
class Column:
    """A registered column as the connected role sees it.

    ``error`` is that of its last rewriting; ``refused`` says why it would not be rewritten now; ``lacks`` is
    what gives the role the rights that it lacks for that.
    """

    name: str
    is_there: bool
    error: str | None
    refused: str | None = None
    lacks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The records without an id in quarantine: how many, and since when the first one."""

    records: int
    first_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class InstitutionState:
    """The state of one institution; ``owed`` counts items that still have an id of another year (R4, R7).

    ``last_synced_at`` is when it was last read and applied completely; ``outcome`` and ``error`` are those of
    its latest run.
    """

    hei_id: int
    subscribed: bool
    last_synced_at: datetime | None
    outcome: str | None
    error: str | None
    owed: int


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """A run without a recorded end."""

    run_id: int
    kind: str
    started_at: datetime


def settings(given: Settings) -> list[Finding]:
    """Valid settings that the operator should know about."""
    findings = [ok("settings", "settings are valid")]
    if plain := unencrypted("settings", "DCS_API_URL", given.api_url):
        findings.append(plain)
    if wrong := wrong_version(given.api_url):
        what, todo = wrong.split("; ", 1)
        findings.append(warning("settings", what, todo))
    if given.now is not None:
        findings.append(
            warning(
                "settings",
                f"DCS_NOW is set: the mirror takes the time to be {given.now.isoformat()}",
                "unset it for a real mirror: it dates everything that is stored",
            )
        )
    return findings


def way(proxy: Proxy | None, authorities: Mapping[str, str]) -> list[Finding]:
    """What the environment says of the way to the DCS: a proxy, and files of authorities by variable."""
    findings = []
    if proxy is not None:
        findings.append(
            ok("settings", f"the DCS is reached through the proxy {proxy.url} ({proxy.variable})")
        )
    return findings + [
        ok("settings", f"{variable} names the authorities that are trusted: {shown_path(place)}")
        for variable, place in authorities.items()
    ]


def unencrypted(check: str, setting: str, url: str) -> Finding | None:
    """A warning if ``url`` would send credentials to another machine in plain text; else None."""
    address = urlsplit(url)
    if address.scheme != "http" or is_this_machine(address.hostname or ""):
        return None
    return warning(check, f"{setting} is http://: the credentials travel unencrypted", "use https://")


def encryption(place: str, tls: ssl.SSLObject | None, *, is_local: bool) -> Finding:
    """The database at ``place``, and which TLS the connection to it has, if any."""
    if tls is not None:
        is_checked = tls.context.verify_mode is not ssl.CERT_NONE
        how = (
            "the server's name and certificate are checked"
            if tls.context.check_hostname
            else "the server's certificate is checked"
            if is_checked
            else "the certificate is not checked"
        )
        return ok("database", f"{place}; TLS: {tls.version()}, {how}")
    if is_local:
        return ok("database", f"{place}; TLS: none, on this machine")
    return warning(
        "database",
        f"{place}; TLS: none: passwords and data travel unencrypted",
        "set sslmode=verify-full in DCS_DATABASE_URL: docs/operating.md, Connecting to the database",
    )


def skew(ahead: timedelta) -> Finding:
    """Whether this machine's clock is right; ``ahead`` is how far the DCS's clock is ahead of it."""
    seconds = ahead.total_seconds()
    if abs(ahead) <= SKEW:
        return ok("clock", f"within {SKEW.total_seconds():.0f} s of the DCS's")
    where = "behind" if seconds > 0 else "ahead of"
    return warning(
        "clock",
        f"this machine's clock is {lasting(abs(seconds))} {where} the DCS's",
        "correct it (NTP): ages and the recheck of August depend on it",
    )


def schema(state: SchemaState, differences: Sequence[str] = ()) -> Finding:
    """Whether the schema is the one that this release expects.

    Args:
        differences: what its tables have other than a migrated database, if the revision is current.
    """
    found = f"the schema is {state.value}"
    if state is SchemaState.CURRENT and differences:
        is_broken = any(
            line.endswith(" is missing") and not line.startswith("index ") for line in differences
        )
        return (problem if is_broken else warning)(
            "schema",
            f"{found}, but not as its migrations make it: {catalogue.summary(differences)}",
            "undo what was changed by hand. If an unreleased version of dcs-mirror made the schema, "
            "sync into a new database",
        )
    if state is SchemaState.CURRENT:
        return ok("schema", found)
    if state is SchemaState.NEWER:
        return problem("schema", found, "install a newer dcs-mirror")
    if state is SchemaState.EMPTY:
        return warning("schema", found, "run `dcs-mirror migrate`; the first sync does so, too")
    return problem("schema", found, "run `dcs-mirror migrate`")


def fit(found: Sequence[Unfit]) -> list[Finding]:
    """What keeps the mirror from being stored on this server, in this database or by this role."""
    return [
        problem("database", one.found, one.todo) if one.is_fatal else warning("database", one.found, one.todo)
        for one in found
    ]


def columns(found: Sequence[Column]) -> list[Finding]:
    """Whether the rollover can rewrite the registered columns (R9)."""
    if not found:
        return [ok("registered columns", "none")]
    return [_column(column) for column in found]


def _column(column: Column) -> Finding:
    check, name = "registered columns", column.name
    if not column.is_there:
        return problem(
            check, f"{name} does not exist", "restore it, or unregister it: `dcs-mirror targets remove`"
        )
    if column.lacks:
        found = f"{name} cannot be read and updated by the mirror's role"
        return problem(check, found, f"as an administrator: {'; '.join(column.lacks)}")
    if column.refused is not None:
        todo = "look at what the table runs, and as whom: docs/downstream.md, Register the column"
        return problem(check, f"{name}: {column.refused}", todo)
    if column.error is not None:
        todo = "resolve the error, then run `dcs-mirror reconcile`"
        return problem(check, f"{name} could not be rewritten: {column.error}", todo)
    return ok(check, name)


def lookups(institutions: Sequence[InstitutionState]) -> Finding:
    """Whether look-ups are owed: items that still have an id of another year (R4, R7)."""
    behind = [institution for institution in institutions if institution.owed]
    if not behind:
        return ok("look-ups", "none is owed")
    return warning(
        "look-ups",
        f"{counted(sum(i.owed for i in behind), 'item')} with an id of another year "
        f"(institution {_ids(behind)})",
        "run `dcs-mirror reconcile`; the next sync looks them up, too",
    )


def unseen(requests: Sequence[UnseenRequest]) -> list[Finding]:
    """Submitted requests that the DCS accepted long ago and never listed (A7)."""
    found = [
        warning(
            "submitted requests",
            f"the DCS accepted request {request.request_id} on {request.accepted_at:%d %B %Y} and never "
            f"listed it (institution {request.hei_id})",
            "every sync looks for it; ask CLA, and to give it up: "
            f"`dcs-mirror calls settle {request.call_id} --gone`",
        )
        for request in requests
    ]
    return found or [ok("submitted requests", "all have been seen in the DCS, or are new")]


def outcomes(institutions: Sequence[InstitutionState]) -> list[Finding]:
    """Institutions whose latest outcome is ``held``, ``failed`` or ``partial``."""
    found = [_outcome(i) for i in institutions if i.outcome in {"held", "failed", "partial"}]
    return found or [ok("outcomes", "every institution was mirrored completely the last time")]


def _outcome(institution: InstitutionState) -> Finding:
    error = institution.error or "no reason is recorded"
    found = f"institution {institution.hei_id} {institution.outcome}: {error}"
    if institution.outcome == "held":
        return problem("outcomes", found, str(advice(institution.hei_id, error)))
    return warning("outcomes", found, "the next sync tries again; look into it if it lasts")


def quarantine(found: Quarantine) -> Finding:
    """Whether records without an id wait for a correction in the DCS (W4)."""
    if not found.records:
        return ok("quarantine", "empty")
    return warning(
        "quarantine",
        f"{counted(found.records, 'record')} without an id, the first since {found.first_seen_at:%d %B %Y}",
        "report them to CLA: `dcs-mirror quarantine --json`",
    )


def freshness(institutions: Sequence[InstitutionState], *, now: datetime) -> Finding:
    """Whether each subscribed institution was read completely within ``STALE``."""
    subscribed = [institution for institution in institutions if institution.subscribed]
    if not subscribed:
        return warning("freshness", "nothing is mirrored yet", "run `dcs-mirror sync`")
    stale = [i for i in subscribed if i.last_synced_at is None or now - i.last_synced_at > STALE]
    later = [i for i in subscribed if i.last_synced_at is not None and i.last_synced_at - now > SKEW]
    hours = f"{STALE.total_seconds() / 3600:.0f} h"
    if later and not stale:
        return warning(
            "freshness",
            f"{counted(len(later), 'institution')} read at a time that is still to come ({_ids(later)})",
            "correct the clock that was ahead, of this machine or of another one with this mirror (NTP)",
        )
    if not stale:
        return ok(
            "freshness", f"{counted(len(subscribed), 'institution')} read completely in the last {hours}"
        )
    return problem(
        "freshness",
        f"{len(stale)} of {counted(len(subscribed), 'institution')} not read completely for {hours} "
        f"({_ids(stale)})",
        "check whether the nightly sync runs, and how it ends",
    )


def runs(unfinished: Sequence[UnfinishedRun], *, now: datetime) -> Finding:
    """Whether runs were killed in the last ``REMEMBERED`` days."""
    killed = [run for run in unfinished if LONGEST_RUN < now - run.started_at < REMEMBERED]
    if not killed:
        return ok("runs", f"every run of the last {REMEMBERED.days} days has ended or is in progress")
    last = killed[-1]
    return warning(
        "runs",
        f"{counted(len(killed), 'run')} of the last {REMEMBERED.days} days never ended, the latest: "
        f"{last.kind} {last.run_id} of {last.started_at:%Y-%m-%d %H:%M} UTC",
        "find out what killed them: memory, a time limit of the job; the next sync does what they left",
    )


def _ids(institutions: Sequence[InstitutionState]) -> str:
    return first_few([str(institution.hei_id) for institution in institutions])
