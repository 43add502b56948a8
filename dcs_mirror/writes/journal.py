"""The journal of calls that write: entered before they are sent, ended when they are answered (A6)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError
from dcs_mirror.store.unseen import unseen_requests
from dcs_mirror.writes.commands import Write, parameters
from dcs_mirror.writes.duplicates import Candidate, Work, repeats

State: TypeAlias = Literal["sent", "answered", "refused", "unknown", "settled"]
Settlement: TypeAlias = Literal["taken", "not taken", "sent again"]
UNSETTLED = ("sent", "unknown")

_SQL = {statement.name: statement for statement in sql.load_folder(Path(__file__).parent / "sql")}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the journal. ``parameters`` are the specification's; ``request_id`` the one it was given.

    ``given`` are the parameters that somebody gave, None for a push's; the others were completed (A1).
    ``sent`` is a call whose answer was not recorded: it is under way, or its program was killed.
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


@dataclass(frozen=True, slots=True)
class CallEnd:
    """What became of a call: ``answered`` (with a request's id), ``refused`` or ``unknown``, and why."""

    state: Literal["answered", "refused", "unknown"]
    error: str | None = None
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class SubmittedCourse:
    """A course that a SubmitCourse without an answer may have made.

    ``is_new`` where the mirror first saw it after the call was sent; ``made_by`` is another call that did.
    """

    is_new: bool
    name: str | None
    made_by: int | None


@dataclass(frozen=True, slots=True)
class FoundRequest:
    """A request that somebody says a call made.

    ``was_there`` before the call was sent; ``made_by`` is another call that made it.
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
) -> int:
    """Records a call that is about to be sent, and holds it as this session's until the connection ends.

    Args:
        connection: not in a transaction.
        now: the instant at which it counts as sent.
        course_id: the course that is amended, as the DCS lists it.
        given: the parameters that somebody gave; None where a push works them out.
        instead_of: a call without an answer that this one takes the place of; it is settled thereby.

    Raises:
        MirrorError: where the same request or course was sent before, and nobody knows what became of it.
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
        if write.method != "AmendCourse":  # which does no harm twice
            await connection.execute(*_SQL["lock_submitting"].bind(values))
            await refuse_duplicate(connection, write)
        values["call_id"] = call_id = await connection.fetchval(*_SQL["enter"].bind(values))
        if instead_of is not None:
            await connection.execute(*_SQL["link"].bind(values))
        await connection.execute(*_SQL["lock_call"].bind(values))
    return int(call_id)


async def refuse_duplicate(connection: Connection, write: Write, *, instead_of: int | None = None) -> None:
    """A6: what may have been made already is not submitted again, but by a call ``instead_of`` the first.

    Raises:
        MirrorError: where the same request or course was sent before, and nobody knows what became of it.
    """
    sent = parameters(write)
    for call in await listed(connection, hei_id=write.hei_id, only_unsettled=True):
        if call.call_id == instead_of or call.method != write.method:
            continue
        if repeats(write.method, sent, call.parameters):
            raise MirrorError(
                f"call {call.call_id} sent the same and nobody knows whether it was taken; nothing was sent. "
                f"Settle that one first: dcs-mirror calls settle {call.call_id}"
            )


async def end(connection: Connection, call_id: int, ending: CallEnd, *, now: datetime) -> None:
    """Records what became of a call, and of a course's number of students with it (A1)."""
    values: dict[str, object] = {
        "call_id": call_id,
        "state": ending.state,
        "ended_at": now,
        "request_id": ending.request_id,
        "error": ending.error,
    }
    async with connection.transaction():
        await connection.execute(*_SQL["end_call"].bind(values))
        if ending.state == "answered":
            await connection.execute(*_SQL["keep_students"].bind(values))
            await connection.execute(*_SQL["overtake"].bind(values))


async def record_submitted_numbers(connection: Connection, hei_id: int | None = None) -> None:
    """Keeps the numbers sent from here to courses that the mirror did not have then and has since read (A1).

    Whoever is about to read numbers calls this first, for one institution or for all.
    """
    await connection.execute(*_SQL["keep_submitted"].bind({"hei_id": hei_id}))


async def listed(
    connection: Connection, *, hei_id: int | None = None, only_unsettled: bool = False
) -> list[Call]:
    """The calls in their order, of one institution where given; or those that nobody knows the end of."""
    values = {"hei_id": hei_id, "call_id": None, "only_unsettled": only_unsettled}
    return [_call(row) for row in await connection.fetch(*_SQL["calls"].bind(values))]


async def claim_for_settlement(connection: Connection, call_id: int, *, or_unseen: bool = False) -> Call:
    """A call without an answer, to be settled; held as this session's until the connection ends.

    Args:
        or_unseen: whether it may also be one whose request the DCS has not shown yet (A7).

    Raises:
        MirrorError: where there is none of that number, or it needs no settling, or somebody holds it.
    """
    if not await connection.fetchval(*_SQL["lock_call"].bind({"call_id": call_id})):
        raise MirrorError(f"call {call_id} is under way, or being settled by somebody else")
    values = {"hei_id": None, "call_id": call_id, "only_unsettled": False}
    row = await connection.fetchrow(*_SQL["calls"].bind(values))
    if row is None:
        raise MirrorError(f"there is no call {call_id}; see `dcs-mirror calls`")
    call = _call(row)
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
    """Records what somebody found out about a call without an answer."""
    values = {"call_id": call_id, "settlement": settlement, "ended_at": now, "request_id": request_id}
    async with connection.transaction():
        await connection.execute(*_SQL["settle"].bind(values))
        if settlement == "taken":
            await connection.execute(*_SQL["keep_students"].bind(values))
            await record_submitted_numbers(connection)


async def refuse_stale(connection: Connection, call_id: int, course_id: int) -> None:
    """An amendment is sent again to the course that it was for, and over no later one of it (A6).

    Args:
        connection: holds the institution's courses: else a later one may be on its way.
        course_id: the course that the DCS lists by the amendment's code.

    Raises:
        MirrorError: where it is another course, or was amended since.
    """
    values = {"call_id": call_id, "course_id": course_id}
    found = await connection.fetchrow(*_SQL["amended_since"].bind(values))
    assert found is not None  # noqa: S101 - the call was taken up by this program
    begin = f"call {call_id} is not sent again:"
    if found["later"] is not None:
        raise MirrorError(
            f"{begin} call {found['later']} amended the course since, or may have; it would be undone"
        )
    if not found["is_same"]:
        raise MirrorError(
            f"{begin} the DCS has another course of this code, or of another year. Look there; then "
            f"dcs-mirror calls settle {call_id} --gone, and amend the course anew"
        )


async def submitted_course(connection: Connection, call_id: int) -> SubmittedCourse | None:
    """The mirrored course that a SubmitCourse without an answer may have made; None where there is none."""
    row = await connection.fetchrow(*_SQL["submitted_course"].bind({"call_id": call_id}))
    return None if row is None else SubmittedCourse(**dict(row))


async def candidates(connection: Connection, call_id: int) -> list[Candidate]:
    """Items of the course that are new since a SubmitRequest without an answer, and no other call's."""
    rows = await connection.fetch(*_SQL["candidates"].bind({"call_id": call_id}))
    return [
        Candidate(
            row["request_id"],
            row["date_created"],
            Work(
                title=row["title"],
                isn=row["identifier"],
                extract_title=row["extract_title"],
                page_range=row["page_range"],
                volume=row["volume"],
                issue=row["issue"],
            ),
        )
        for row in rows
    ]


async def found_request(connection: Connection, call_id: int, request_id: int) -> FoundRequest | None:
    """What is mirrored of a request that somebody found for a call; None where nothing is."""
    row = await connection.fetchrow(
        *_SQL["found_request"].bind({"call_id": call_id, "request_id": request_id})
    )
    return None if row is None else FoundRequest(**dict(row))


def _call(row: asyncpg.Record) -> Call:
    return Call(**dict(row) | {"parameters": json.loads(row["parameters"])})
