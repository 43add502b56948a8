"""Whether a job is still this worker's, how it ends, and what it counts for."""

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import CredentialsRefused
from dcs_mirror.jobs.begun import MOST_ATTEMPTS, Begun
from dcs_mirror.jobs.left import UNKNOWN
from dcs_mirror.jobs.statements import STATEMENTS


class Lost(Exception):
    """The job is another worker's by now."""


def end(
    job: Begun,
    *,
    state: str = "done",
    requests: int = 0,
    error: str | None = None,
    exit_code: int | None = None,
    result: str | None = None,
) -> dict[str, object]:
    """Return how a job ended, as ``finish_job`` takes it."""
    return {
        "job_id": job.job_id,
        "worker_id": job.worker_id,
        "attempts": job.attempts,
        "most_attempts": MOST_ATTEMPTS,
        "state": state,
        "requests": requests,
        "error": error,
        "exit_code": exit_code,
        "result": result,
    }


def calls_of(job: Begun) -> int:
    """Return what a job counts for that has just begun."""
    if job.kind == "sync":
        return 0  # one call, while the other workers wait for its jobs
    is_one_call = job.is_of_list or job.course_code is not None or job.request_id is not None
    return 1 if is_one_call else UNKNOWN


async def tell_refused(connection: Connection, error: CredentialsRefused) -> None:
    """Tell all workers that the DCS refuses the credentials."""
    await connection.execute(*STATEMENTS["set_refused"].bind({"refusal": str(error)}))


async def hold(connection: Connection, job: Begun) -> None:
    """Raise Lost if the job is another worker's; until the transaction ends, it cannot become so."""
    values = {"job_id": job.job_id, "worker_id": job.worker_id, "attempts": job.attempts}
    if not await connection.fetchval(*STATEMENTS["hold_job"].bind(values)):
        raise Lost
