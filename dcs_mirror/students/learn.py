"""Learning the numbers of students that the DCS has now from an export of its own (A1). Sends nothing."""

from collections.abc import Mapping
from dataclasses import replace

from dcs_mirror.records import Course
from dcs_mirror.runtime import Runtime
from dcs_mirror.students import sources
from dcs_mirror.students.known import KnownCourse, as_listed, known_courses
from dcs_mirror.students.plan import Entry, Plan, plan
from dcs_mirror.students.push import PushRequest
from dcs_mirror.writes import course_list, journal


async def learn(runtime: Runtime, wanted: PushRequest) -> Plan:
    """Take the numbers of an export for those that the DCS has; return an entry for each of its rows.

    A later amendment or push counts them as known, as if this mirror had sent them, until a number is sent or
    the database is restored. No number is learnt for a course that a call without an answer may have changed.

    Args:
        runtime: what the use cases share.
        wanted: the institution and the export; what a push would do besides does not matter.

    Raises:
        MirrorError: if the export, the mirror or the DCS's list of courses cannot be read.
    """
    await runtime.current_epoch()
    async with runtime.connect() as connection:
        read = await sources.read(wanted.source, runtime.settings)
        await course_list.lock_courses(connection, wanted.hei_id)
        listed = await course_list.all_courses(runtime.client, wanted.hei_id)
        known = as_listed(await known_courses(connection, wanted.hei_id), listed)
        source = read({code for code, course in known.items() if course.is_live})
        compared = plan(
            wanted.hei_id,
            source.understood,
            source.rows,
            {code: _as_live(course) for code, course in known.items()},
            now=runtime.clock.now(),
            combination=wanted.combination,
            allow_zero=True,
            strict=wanted.strict,
        )
        entries = [_judged(entry, known, listed) for entry in compared.entries]
        numbers = {
            listed[entry.course_code].course_id: entry.students
            for entry in entries
            if entry.verdict == "learnt" and entry.students is not None
        }
        held = await journal.learn_numbers(connection, wanted.hei_id, numbers, now=runtime.clock.now())
    return replace(compared, entries=[_if_held(entry, listed, held) for entry in entries])


def _as_live(course: KnownCourse) -> KnownCourse:
    """Return a course as one whose number could be sent: an archived one has a number, too."""
    return replace(course, status="Active", weeks=1) if course.is_live else course


def _judged(entry: Entry, known: Mapping[str, KnownCourse], listed: Mapping[str, Course]) -> Entry:
    """Return an entry with the verdict of what is learnt, given that of what would be sent."""
    entry = replace(entry, write=None)
    if entry.verdict not in {"change", "unchanged"}:
        return entry
    course = known[entry.course_code]
    if course.open_call is not None:
        why = f"call {course.open_call} may have changed it: dcs-mirror calls settle {course.open_call}"
        return replace(entry, verdict="unsettled", why=why)
    if entry.course_code not in listed:
        return replace(entry, verdict="unaligned", why="the DCS does not list the course yet")
    if entry.verdict == "unchanged":
        return entry
    before = None if entry.before is None else f"this mirror knew {entry.before}"
    return replace(entry, verdict="learnt", why=before or entry.why)


def _if_held(entry: Entry, listed: Mapping[str, Course], held: set[int]) -> Entry:
    """Return an entry as it is unless the mirror does not hold its course, so that nothing was learnt."""
    if entry.verdict != "learnt" or listed[entry.course_code].course_id in held:
        return entry
    why = "the mirror does not hold the course yet: dcs-mirror sync, then give the export again"
    return replace(entry, verdict="not mirrored", why=why)
