"""The journal of writing calls: each is recorded before it is sent and when it is answered (A6)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import asyncpg

from dcs_mirror.database import locks, sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError
from dcs_mirror.store.unseen import unseen_requests
from dcs_mirror.writes import held_requests
from dcs_mirror.writes.commands import SubmitRequest, Write, parameters
from dcs_mirror.writes.duplicates import Candidate, repeats, work_in

State: TypeAlias = Literal["sent", "answered", "refused", "unknown", "settled"]
Settlement: TypeAlias = Literal["taken", "not taken", "sent again"]
UNSETTLED = ("sent", "unknown")

_SQL = sql.by_name(Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the journal.

    ``parameters`` have the specification's names. ``given`` names those that the user gave; the others were
    completed (A1). It is None for a call of a push. ``state`` is ``sent`` while no answer is recorded: the
    call is in progress, or its process was killed. ``request_id`` is the id that the DCS returned.
    """

    call_id: int
    hei_id: int
    method: str
    parameters: dict[str, str]
    given: list[str] | None
    state: State
    sent_at: datetime
    ended_at: datetime | None
    request_id: int | None
    error: str | None
    settlement: str | None
    sent_again_as: int | None


class NotSettled(MirrorError):
    """An earlier call sent the same, and its outcome is not known; nothing was sent (A6)."""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """The outcome of a call and its reason; an answered SubmitRequest has the id of the new request."""

    state: Literal["answered", "refused", "unknown"]
    error: str | None = None
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class SubmittedCourse:
    """A course that a SubmitCourse without an answer may have created.

    ``is_new`` says whether the mirror first saw it after the call was sent. ``made_by`` is another call that
    created it, if there is one.
    """

    is_new: bool
    name: str | None
    made_by: int | None


@dataclass(frozen=True, slots=True)
class FoundRequest:
    """A request that, according to the user, a call created.

    ``was_there`` says whether the mirror saw it before the call was sent. ``made_by`` is another call that
    created it, if there is one.
    """

    was_there: bool
    course_code: str | None
    made_by: int | None


async def begin(
    connection: Connection,
    write: Write,
    *,
    now: datetime,
    course_id: int | None = None,
    given: Collection[str] | None = None,
    instead_of: int | None = None,
    again: bool = False,
) -> int:
    """Record a call that is about to be sent, and lock it for this session until the connection ends.

    Args:
        connection: a connection that is not in a transaction.
        write: what is sent.
        now: the time at which the call counts as sent.
        course_id: the DCS's id of the course that is amended.
        given: names of the parameters that the user gave; None for a push, which computes them.
        instead_of: a call without an answer that this one replaces and thereby settles.
        again: whether a request may repeat one that is there.

    Returns:
        The id of the new call.

    Raises:
        MirrorError: if the same request or course was sent before and the outcome of that call is unknown,
            or the same request is there.
    """
    values: dict[str, object] = {
        "hei_id": write.hei_id,
        "method": write.method,
        "parameters": json.dumps(parameters(write)),
        "given": None if given is None else sorted(given),
        "sent_at": now,
        "ended_at": now,
        "course_id": course_id,
        "instead_of": instead_of,
        "settlement": "sent again",
        "request_id": None,
    }
    async with connection.transaction():
        if instead_of is not None:
            await connection.execute(*_SQL["settle"].bind(values | {"call_id": instead_of}))
        if write.method != "AmendCourse":  # amending twice does no harm
            await locks.lock_row(connection, locks.SUBMITTING, write.hei_id)
            await refuse_duplicate(connection, write)
        if isinstance(write, SubmitRequest) and instead_of is None and not again:
            await held_requests.refuse_repeated(connection, write)
        values["call_id"] = call_id = await connection.fetchval(*_SQL["enter"].bind(values))
        if instead_of is not None:
            await connection.execute(*_SQL["link"].bind(values))
    return int(call_id)


async def refuse_duplicate(connection: Connection, write: Write, *, instead_of: int | None = None) -> None:
    """Refuse to submit again what an earlier call without an answer may have created (A6).

    Args:
        connection: a connection to the mirror.
        write: what is about to be sent.
        instead_of: the earlier call that this write replaces; it does not count.

    Raises:
        NotSettled: if the same request or course was sent before and the outcome of that call is unknown.
    """
    sent = parameters(write)
    for call in await listed(connection, hei_id=write.hei_id, only_unsettled=True):
        if call.call_id == instead_of or call.method != write.method:
            continue
        if repeats(write.method, sent, call.parameters):
            raise NotSettled(
                f"call {call.call_id} sent the same, and it is not known whether the DCS accepted it. "
                f"Nothing was sent. Settle that call first: dcs-mirror calls settle {call.call_id}"
            )


async def end(connection: Connection, call_id: int, ending: CallEnd, *, now: datetime) -> None:
    """Record the outcome of a call and, if it was accepted, what follows from it (A1, A7)."""
    values: dict[str, object] = {
        "call_id": call_id,
        "state": ending.state,
        "ended_at": now,
        "request_id": ending.request_id,
        "error": ending.error,
    }
    async with connection.transaction():
        hei_id = await connection.fetchval(*_SQL["end_call"].bind(values))
        if ending.state == "answered":
            await connection.execute(*_SQL["keep_students"].bind(values))
            await connection.execute(*_SQL["overtake"].bind(values))
            await _follow_request(connection, hei_id, values)


async def _follow_request(connection: Connection, hei_id: int, values: Mapping[str, object]) -> None:
    """Keep what became of a call's request, if the mirror read its item before it knew the id (A7).

    A reading that is being applied may change the item, and may not see that the call has ended. Then nothing
    is kept, and the next sync asks for the request, as for each that the mirror has not seen.
    """
    if values["request_id"] is not None and await locks.try_row(connection, locks.INSTITUTION, hei_id):
        await connection.execute(*_SQL["follow_request"].bind(values))


async def record_submitted_numbers(connection: Connection, hei_id: int | None = None) -> None:
    """Store the student numbers sent to courses that the mirror has only read since (A1).

    Call this before reading known numbers, for one institution or, without ``hei_id``, for all.
    """
    await connection.execute(*_SQL["keep_submitted"].bind({"hei_id": hei_id}))


async def learn_numbers(
    connection: Connection, hei_id: int, numbers: Mapping[int, int], *, now: datetime
) -> set[int]:
    """Store the numbers of students that the DCS has, as it told them itself (A1).

    Args:
        connection: a connection that holds the lock on the institution's courses.
        hei_id: the institution.
        numbers: the numbers by the ids of the courses.
        now: the time at which they count as learnt.

    Returns:
        The ids of the courses that the mirror holds; no number is stored for the others.
    """
    if not numbers:
        return set()
    values = {"hei_id": hei_id, "course_ids": list(numbers), "students": list(numbers.values())}
    rows = await connection.fetch(*_SQL["learn_students"].bind(values | {"learnt_at": now}))
    return {row["course_id"] for row in rows}


async def listed(
    connection: Connection, *, hei_id: int | None = None, only_unsettled: bool = False
) -> list[Call]:
    """Return the calls, oldest first.

    Args:
        connection: a connection to the mirror.
        hei_id: only calls to this institution.
        only_unsettled: only calls whose outcome is unknown.
    """
    values = {"hei_id": hei_id, "call_id": None, "only_unsettled": only_unsettled}
    return [_call(row) for row in await connection.fetch(*_SQL["calls"].bind(values))]


async def find(connection: Connection, call_id: int) -> Call:
    """Return a call.

    Raises:
        MirrorError: if the journal has no such call.
    """
    values = {"hei_id": None, "call_id": call_id, "only_unsettled": False}
    row = await connection.fetchrow(*_SQL["calls"].bind(values))
    if row is None:
        raise MirrorError(f"there is no call {call_id}; `dcs-mirror calls` lists them")
    return _call(row)


async def claim_for_settlement(connection: Connection, call_id: int, *, or_unseen: bool = False) -> Call:
    """Return a call without an answer, to be settled, and lock it until the connection ends.

    Args:
        connection: the connection that holds the lock.
        call_id: the call.
        or_unseen: also allow an answered call whose request the DCS has not shown yet (A7).

    Raises:
        MirrorError: if there is no such call, it needs no settling, or another session holds it.
    """
    is_claimed = await connection.fetchval(*_SQL["claim"].bind({"call_id": call_id}))
    call = await find(connection, call_id)
    if not is_claimed:
        raise MirrorError(f"call {call_id} is in progress, or another dcs-mirror is settling it")
    is_unseen = or_unseen and call_id in {
        request.call_id for request in await unseen_requests(connection, call.hei_id)
    }
    if call.state not in UNSETTLED and not is_unseen:
        raise MirrorError(f"call {call_id} needs no settling: it is {call.state}")
    return call


async def settle(
    connection: Connection,
    call_id: int,
    settlement: Settlement,
    *,
    now: datetime,
    request_id: int | None = None,
) -> None:
    """Record what was found out about a call without an answer."""
    values = {"call_id": call_id, "settlement": settlement, "ended_at": now, "request_id": request_id}
    async with connection.transaction():
        hei_id = await connection.fetchval(*_SQL["settle"].bind(values))
        if settlement == "taken":
            await connection.execute(*_SQL["keep_students"].bind(values))
            await record_submitted_numbers(connection)
            await _follow_request(connection, hei_id, values)


async def refuse_older_than_restore(connection: Connection, call_id: int) -> None:
    """Refuse to send a call again that is older than a restore of the database (A1, A6).

    The journal lacks what became of it, and what was sent after it. Call this for calls that cannot be looked
    for in the DCS.

    Raises:
        MirrorError: if the call is older.
    """
    if await connection.fetchval(*_SQL["before_restore"].bind({"call_id": call_id})):
        raise MirrorError(
            f"call {call_id} is not sent again, because the database was restored after it: it may have "
            "been settled or undone since. Check in the DCS what is there, and run dcs-mirror calls settle "
            f"{call_id} --gone. If it is still needed, give the command again"
        )


async def refuse_stale(connection: Connection, call_id: int, course_id: int) -> None:
    """Refuse to send an amendment again if its course has changed since (A6).

    Args:
        connection: the connection that holds the lock on the institution's courses; without that lock a later
            amendment may be in progress.
        call_id: the amendment that is to be sent again.
        course_id: the id of the course that the DCS lists under the amendment's code.

    Raises:
        MirrorError: if that is another course, or a later call amended it or may have done so.
    """
    values = {"call_id": call_id, "course_id": course_id}
    found = await connection.fetchrow(*_SQL["amended_since"].bind(values))
    assert found is not None  # noqa: S101 - this session holds the call
    refusal = f"call {call_id} is not sent again:"
    if found["later"] is not None:
        raise MirrorError(
            f"{refusal} call {found['later']} amended the course since, or may have, and would be undone"
        )
    if not found["is_same"]:
        raise MirrorError(
            f"{refusal} the DCS has another course with this code, or the course of another year. Check it "
            f"in the DCS, run dcs-mirror calls settle {call_id} --gone, and amend the course again"
        )


async def submitted_course(connection: Connection, call_id: int) -> SubmittedCourse | None:
    """Return the mirrored course that a SubmitCourse without an answer may have created, or None."""
    row = await connection.fetchrow(*_SQL["submitted_course"].bind({"call_id": call_id}))
    return None if row is None else SubmittedCourse(**dict(row))


async def candidates(connection: Connection, call_id: int) -> list[Candidate]:
    """Return the items that a SubmitRequest without an answer may have created.

    They belong to its course, were first seen after it was sent, and belong to no other call.
    """
    rows = await connection.fetch(*_SQL["candidates"].bind({"call_id": call_id}))
    return [
        Candidate(
            row["request_id"],
            row["date_created"],
            work_in(dict(row)),
        )
        for row in rows
    ]


async def found_request(connection: Connection, call_id: int, request_id: int) -> FoundRequest | None:
    """Return what the mirror holds of a request that the user found for a call, or None."""
    row = await connection.fetchrow(
        *_SQL["found_request"].bind({"call_id": call_id, "request_id": request_id})
    )
    return None if row is None else FoundRequest(**dict(row))


def _call(row: asyncpg.Record) -> Call:
    return Call(**dict(row) | {"parameters": json.loads(row["parameters"])})
