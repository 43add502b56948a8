"""Assessment of the workers: whether somebody does what waits, and with credentials that the DCS takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dcs_mirror.doctor.finding import Finding, ok, problem, warning

PATIENCE = timedelta(minutes=1)
"""How long a job may wait while no worker is alive, such as while they are started anew."""

CHECK = "workers"


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers, and what waits for them.

    Attributes:
        alive: workers that live.
        waiting: jobs that wait, the oldest ``waiting_since``. Those whose worker is gone count.
        failed: jobs that failed and are not done again by themselves.
        refused_at: when the DCS last refused the workers' credentials, with its words as ``refusal``.
        read_at: when a complete reading of any institution was last applied.
        has_queue: whether the queue is there, which a backup may lack.
        left_since: since when the oldest job waits that is no refresh, if nobody does any such job.
    """

    alive: int
    waiting: int
    waiting_since: datetime | None
    failed: int
    refused_at: datetime | None
    refusal: str | None
    read_at: datetime | None
    has_queue: bool = True
    left_since: datetime | None = None


def assess(found: Workers, *, now: datetime) -> Sequence[Finding]:
    """What the operator should know of the workers."""
    findings = []
    if not found.has_queue:
        findings.append(
            problem(
                CHECK,
                "the queue is missing, as after a restore of a backup without it",
                "run `dcs-mirror migrate`, which makes it again",
            )
        )
    if found.refused_at and (found.read_at is None or found.read_at < found.refused_at):
        findings.append(
            problem(
                CHECK,
                f"the DCS refused the workers' credentials on {found.refused_at:%d %B %Y at %H:%M} UTC: "
                f"{found.refusal}",
                "check DCS_API_USERNAME and DCS_API_PASSWORD, then restart the workers: otherwise they call "
                "the DCS again only after an hour",
            )
        )
    if found.waiting_since and not found.alive and now - found.waiting_since > PATIENCE:
        findings.append(
            problem(
                CHECK,
                f"{_jobs(found.waiting, 'waits', 'wait')} since {found.waiting_since:%Y-%m-%d %H:%M} UTC, "
                "and no worker is alive",
                "start `dcs-mirror worker`",
            )
        )
    elif found.alive and found.left_since and now - found.left_since > PATIENCE:
        findings.append(
            warning(
                CHECK,
                f"since {found.left_since:%Y-%m-%d %H:%M} UTC a sync or a reconciliation waits, and no "
                f"worker does one (alive: {found.alive})",
                "if only `serve` is alive, start `dcs-mirror worker`, because `serve` does refreshes only. "
                "`dcs-mirror jobs` shows what waits. A sync waits until another one has ended",
            )
        )
    if found.failed:
        findings.append(
            warning(
                CHECK,
                f"{_jobs(found.failed, 'has', 'have')} failed",
                "`dcs-mirror jobs` says why; `dcs-mirror jobs retry` has one done again",
            )
        )
    alive = f"{found.alive} alive" if found.alive else "none is alive, and nothing has waited for one"
    return findings or [ok(CHECK, f"{alive}; {_jobs(found.waiting, 'waits', 'wait')}")]


def _jobs(count: int, one: str, several: str) -> str:
    return f"1 job {one}" if count == 1 else f"{count} jobs {several}"
