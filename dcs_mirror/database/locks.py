"""Every advisory lock, in the order in which they are taken, and the statements that take most of them.

A program that holds a lock waits only for locks that stand further down. It may try one further up without
waiting for it: a new call takes its own lock, and an amendment that was answered tries those of earlier ones.
Rows of downstream tables are locked after ``institution`` and before ``change``, in the order of the
registered columns' ids.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Held: TypeAlias = Literal["session", "transaction"]


@dataclass(frozen=True, slots=True)
class AdvisoryLock:
    """One kind of advisory lock.

    Attributes:
        name: what its key is hashed from.
        of: what its second key, or the rest of its only key, says; empty if there is one such lock.
        held: until the session or the transaction ends.
        waits: whether a second program waits for it; if not, it is refused or goes on without.
        protects: what it is for.
    """

    name: str
    of: str
    held: tuple[Held, ...]
    waits: bool
    protects: str


LOCKS = (
    AdvisoryLock("dcs_mirror.migrate", "", ("transaction",), True, "one migration of the schema at a time"),
    AdvisoryLock(
        "dcs_mirror.unit_update",
        "system and file",
        ("session",),
        False,
        "one program sends the unit updates of a file to aXcelerate",
    ),
    AdvisoryLock(
        "dcs_mirror.students",
        "institution",
        ("session",),
        False,
        "one push of student numbers at a time, so that no change is sent twice",
    ),
    AdvisoryLock(
        "dcs_mirror.call",
        "call",
        ("session", "transaction"),
        False,
        "the call is being sent or resolved; if it is free and the call has no end, its program was killed",
    ),
    AdvisoryLock(
        "dcs_mirror.courses",
        "institution",
        ("session",),
        True,
        "one program writes courses, from reading the known student numbers until the DCS answered",
    ),
    AdvisoryLock(
        "dcs_mirror.submitting",
        "institution",
        ("transaction",),
        True,
        "no second call enters the journal between the search for duplicates and the entry of the first",
    ),
    AdvisoryLock(
        "dcs_mirror.run",
        "run",
        ("session",),
        True,
        "the run is under way; if it is free and the run has no end, its program was killed",
    ),
    AdvisoryLock(
        "dcs_mirror.institution",
        "institution",
        ("transaction",),
        True,
        "one transaction at a time changes the rows of an institution",
    ),
    AdvisoryLock(
        "dcs_mirror.change",
        "",
        ("transaction",),
        True,
        "one transaction at a time writes the change feed, so that change ids become visible in their order",
    ),
)
"""All of them, in the order in which they are taken."""

# A lock that is taken as part of something larger is taken there: schema/migrate.py, reconcile/sql/lock and
# feed, students/sql/lock_institution.sql, store/runs.py (a run's start), writes/sql/overtake.sql.

TRY_UNIT_UPDATE = """
SELECT pg_try_advisory_lock(
    hashtextextended('dcs_mirror.unit_update ' || $1::text || ' ' || encode($2::bytea, 'hex'), 0)
)
"""
TRY_CALL = "SELECT pg_try_advisory_lock(hashtext('dcs_mirror.call'), hashint8($1::bigint))"
TRY_COURSES = "SELECT pg_try_advisory_lock(hashtext('dcs_mirror.courses'), $1::integer)"
AWAIT_COURSES = "SELECT pg_advisory_lock(hashtext('dcs_mirror.courses'), $1::integer)"
AWAIT_SUBMITTING = "SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.submitting'), $1::integer)"
# The last 31 bits of a run's id: after a restore ids are larger than a lock's key.
AWAIT_RUNS = """
SELECT pg_advisory_lock(hashtext('dcs_mirror.run'), (n & 2147483647)::integer) FROM unnest($1::bigint[]) AS n
"""
RELEASE_RUN = "SELECT pg_advisory_unlock(hashtext('dcs_mirror.run'), ($1::bigint & 2147483647)::integer)"
