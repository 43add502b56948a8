"""A job that a worker has begun, how often it may be, and which errors count as an attempt."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from dcs_mirror.database.connections import UNREACHABLE, describe
from dcs_mirror.errors import DatabaseFailed, DatabaseUnavailable, in_words
from dcs_mirror.reconcile.institution_list import EVERY_INSTITUTION
from dcs_mirror.sync.run import DatabaseRestored

MOST_ATTEMPTS = 3
"""How often a job is begun. One whose worker was gone each time is given up: it may be what ends workers."""

GIVEN_UP = (
    f"given up: {MOST_ATTEMPTS} workers ended while they did this, or met an unexpected error, which their "
    "log shows. The job itself may end them, for example by its size. `dcs-mirror refresh` shows what happens"
)


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that this worker has begun."""

    job_id: int
    kind: str
    hei_id: int | None
    course_code: str | None
    request_id: int | None
    run_id: int | None
    options: str
    attempts: int
    worker_id: UUID
    error: str | None

    @property
    def why_given_up(self) -> str:
        """The error of the last attempt, if one could say what it was."""
        if self.error is None:
            return GIVEN_UP
        return f"given up after {MOST_ATTEMPTS} attempts: {self.error}"

    @property
    def is_of_list(self) -> bool:
        """Whether it refreshes the list of institutions."""
        return self.hei_id == EVERY_INSTITUTION

    @property
    def is_given_up(self) -> bool:
        """Whether it was begun too often."""
        return self.attempts > MOST_ATTEMPTS

    @property
    def turn(self) -> int:
        """Whose calls go first: institutions of a night one after the other, all else before them.

        If all took turns, institutions of like size would all be read at the same time, and then all be
        applied at the same time, when nothing is asked.
        """
        return self.job_id if self.kind == "institution" else 0


def is_outage(error: Exception) -> bool:
    """Whether only the database was away, or was restored: that counts as no attempt."""
    if isinstance(error, ValueError | DatabaseFailed):  # a value that the driver cannot encode is permanent
        return False
    return isinstance(error, (*UNREACHABLE, DatabaseUnavailable, DatabaseRestored))


def said(error: Exception) -> str:
    """What an error says, without the values of rows that the server may add."""
    return describe(error) if isinstance(error, asyncpg.PostgresError) else in_words(error)
