"""Runs a scenario on a real mirror: its nights by ``tests.support.readings``, its tables by registration."""

import json

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from dcs_mirror.reconcile.apply import unsubscribe
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.required import RolloverDetected
from dcs_mirror.reconcile.stored import reconcile_stored
from tests.scenarios.markdown import ScenarioError
from tests.scenarios.scenario import Scenario
from tests.scenarios.steps import Given, LookUpAnswer, Night, Recognised
from tests.scenarios.views import Mismatch, compare
from tests.support import readings
from tests.support.readings import START, apply_reading, start_run

RECHECK_DAYS = 14

_ITEM = "SELECT item_key FROM dcs.content_item WHERE hei_id = $1 AND request_id = $2 AND removed_at IS NULL"
_COURSE = "SELECT course_key FROM dcs.course WHERE hei_id = $1 AND course_id = $2 AND removed_at IS NULL"
_CAN_BE_UNCHANGED = """
SELECT EXISTS (SELECT FROM dcs_mirror.course
               WHERE hei_id = $1 AND course_id = $2 AND removed_at IS NULL AND digest IS NOT NULL)
"""


async def run(connection: Connection, scenario: Scenario) -> None:
    """Runs the steps of a scenario on an empty mirror.

    Raises:
        Mismatch: if the mirror does something else than the scenario says.
        ScenarioError: if what the scenario describes cannot happen.
    """
    names = _Names()
    for step in scenario.steps:
        if isinstance(step, Given):
            await _give(connection, step)
        elif isinstance(step, Night):
            await _pass_night(connection, step, names)
        else:
            await compare(connection, step, names.of)


class _Names:
    """Names of the keys that the mirror gave: the same name is the same key, another name another one."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, int], str] = {}

    def of(self, kind: str, key: int | None) -> str:
        """The name of a key of the kind ``item`` or ``course``; nothing for no key."""
        return "" if key is None else self._names.get((kind, key), f"({kind} without a name)")

    def check(self, expected: Recognised, kind: str, key: int | None) -> None:
        """Names a key that has no name yet; raises Mismatch if it has another, or the name another key."""
        name = expected.name or "none"
        is_taken = any((of, known) == (kind, name) for (of, _), known in self._names.items())
        if key is not None and expected.name is not None and not is_taken:
            self._names.setdefault((kind, key), name)
        shown = self.of(kind, key) or "none"
        if shown != name:
            raise Mismatch(
                f"{expected.row.place}: expected {kind} {name!r}, but it is {shown!r}\n"
                f"{expected.row.header}\n- {expected.row}"
            )


async def _give(connection: Connection, given: Given) -> None:
    """Creates and registers a downstream table, if it is a new one, and adds its rows."""
    table = f'public."{given.table}"'
    if given.column is not None:
        kinds = {given.column: "bigint", given.hei_column: "integer"}
        columns = ", ".join(f'"{column}" {kinds.get(column, "text")}' for column in given.columns)
        unique = f', UNIQUE ("{given.column}")' if given.is_unique else ""
        await connection.execute(f"CREATE TABLE {table} ({columns}{unique})")
        await targets.add(connection, table, given.column, hei_column=given.hei_column, now=START)
    for row in given.rows:
        # An empty row of the table, with its columns' own types, filled from texts.
        await connection.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, $1)).*",
            json.dumps({column: value or None for column, value in row.cells.items()}),
        )


async def _pass_night(connection: Connection, night: Night, names: _Names) -> None:
    if night.reading == "reconcile":
        outcome, error = await _reconcile(connection, night)
    elif night.reading == "not listed":
        outcome, error = await _withdraw(connection, night)
    else:
        outcome, error = await _read(connection, night)
    if outcome != night.outcome:
        raise Mismatch(
            f"{night.row.place}: expected the outcome {night.outcome!r}, but it is {outcome!r}: {error}\n"
            f"{night.row.header}\n- {night.row}"
        )
    for expected in night.recognised:
        if expected.course is not None:
            key = await connection.fetchval(_COURSE, night.hei_id, night.courses[expected.course].id)
            names.check(expected, "course", key)
        else:
            names.check(expected, "item", await connection.fetchval(_ITEM, night.hei_id, expected.request_id))


async def _read(connection: Connection, night: Night) -> tuple[str, str | None]:
    """Applies a night's reading; returns its outcome, and what it tells."""
    what = _reading(night)
    for course in night.courses.values():
        if course.content is Content.UNCHANGED and not await connection.fetchval(
            _CAN_BE_UNCHANGED, night.hei_id, course.id
        ):
            raise ScenarioError(
                f"{night.row.place}: no answer of course {course.code!r} is known that could be unchanged"
            )
    answers = {found.request_id: _looked_up(found, night, what) for found in night.look_ups}
    if night.reading == "refresh request":
        what.looked_up, answers = list(answers.values()), {}
    try:
        outcome = await apply_reading(
            connection,
            what,
            guard=night.guard,
            accept_removals=night.accept == "removals",
            accept_year=night.accept == "year",
            answers=answers,
        )
    except RolloverDetected:
        return "read whole", None
    asked = {found.request_id for found in what.looked_up}
    expected = {found.request_id for found in night.look_ups}
    if asked != expected:
        raise Mismatch(
            f"{night.row.place}: the mirror asked for the ids {sorted(asked)}, "
            f"but the scenario answers {sorted(expected)}"
        )
    return outcome.outcome, outcome.error


def _reading(night: Night) -> InstitutionReading:
    courses = night.courses.values()
    is_refresh = night.reading != "sync"
    what = readings.reading(
        {c.code: c.items if c.content in (Content.WHOLE, Content.PARTIAL) else c.content for c in courses},
        hei_id=night.hei_id,
        at=night.at,
        year=night.year,
        ids={c.code: c.id for c in courses},
        statuses={c.code: c.status for c in courses},
        list_complete=night.list_complete and not is_refresh,
        is_full=not is_refresh,
        order=night.order,
    )
    if not night.list_complete:
        what.problems.append("the course list is incomplete")
    for read in what.courses:
        if night.courses[read.course.course_code].content is Content.PARTIAL:
            read.content, read.digest = Content.PARTIAL, None
            what.problems.append(f"the answer of course {read.course.course_code!r} is incomplete")
    return what


def _looked_up(answer: LookUpAnswer, night: Night, what: InstitutionReading) -> LookedUp:
    """The answer for one id as the crawler hands it on, with the problems that it tells."""
    if not answer.answered:
        what.problems.append(f"request {answer.request_id} was not answered")
    elif answer.item is None and night.reading == "refresh request":
        what.problems.append(f"request id {answer.request_id} is not known to the DCS")
    course = night.courses.get(answer.course or "")
    course_id = course.id if course is not None else answer.course and readings.course_id(answer.course)
    return LookedUp(
        answer.request_id,
        answer.item,
        course_id or None,
        answered=answer.answered,
        fetched_at=night.at,
        reading_order=what.reading_order,
    )


async def _reconcile(connection: Connection, night: Night) -> tuple[str, str | None]:
    settled = await reconcile_stored(connection, night.hei_id, recheck_days=RECHECK_DAYS, now=night.at)
    errors = "; ".join(column.error for column in settled.columns if column.error is not None)
    return ("partial", errors) if errors else ("complete", None)


async def _withdraw(connection: Connection, night: Night) -> tuple[str, str | None]:
    """As a sync does with an institution that the list of institutions lacks (C4)."""
    run_id = await start_run(connection, night.at)
    await unsubscribe(connection, night.hei_id, run_id=run_id, now=night.at, order=None)
    outcome = InstitutionOutcome(night.hei_id, "unsubscribed")
    outcome = await record(connection, outcome, run_id=run_id, recorded_at=night.at)
    return outcome.outcome, outcome.error
