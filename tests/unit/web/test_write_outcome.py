"""What a client is told of a write, by how far it came when something failed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest

from dcs_mirror.errors import (
    CallRefused,
    DatabaseUnavailable,
    MirrorError,
    OutcomeUnknown,
    SafeToResend,
    SchemaMismatch,
)
from dcs_mirror.jobs import queue
from dcs_mirror.jobs.worker import Worker
from dcs_mirror.web import writing
from dcs_mirror.web.dcs_words import in_dcs_words
from dcs_mirror.web.dcs_writes import not_written
from dcs_mirror.web.write_outcome import Attempt, NotWritten, PutOff
from dcs_mirror.web.writing import Writer
from dcs_mirror.writes import service
from dcs_mirror.writes.commands import AmendCourse, SubmitRequest, Write
from dcs_mirror.writes.course_list import LockLost
from dcs_mirror.writes.journal import CallEnd
from dcs_mirror.writes.service import WriteResult

REQUEST = SubmitRequest(
    hei_id=1, academic_name="Jo", email="jo@example.ac.uk", is_book=True, title="Emma", page_range="1-2"
)
ACCEPTED = service.accepted(REQUEST, 7, 42)
LOST = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
Carrying = Callable[[Callable[[int, bool], None], Callable[[CallEnd], None]], Awaitable[WriteResult]]


@dataclass
class Parts:
    """A writer, and what it does instead of asking the DCS and the database."""

    monkeypatch: pytest.MonkeyPatch
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def database(work: Callable[[object], Awaitable[object]]) -> None:
            await work(None)

        async def usable() -> object:
            return SimpleNamespace(database=database)

        async def ask_refresh(_: object, hei_id: int, *, by: str, **what: object) -> int:
            self.asked.append(f"{hei_id} {what['request_id'] or what['course']} {by}")
            return 1

        self.monkeypatch.setattr(queue, "ask_refresh", ask_refresh)
        self.writer = Writer(cast("Worker", SimpleNamespace(refusal=None, usable=usable)))
        self.attempt = Attempt()
        self.read_back_as(None)

    def carry_out_as(self, doing: Carrying) -> None:
        async def carry_out(*_: object, sending: Any, ended: Any, **__: object) -> WriteResult:
            return await doing(sending, ended)

        self.monkeypatch.setattr(service, "carry_out", carry_out)

    def read_back_as(self, failure: str | Exception | asyncio.Event | None) -> None:
        async def read_back(*_: object, **__: object) -> str | None:
            if isinstance(failure, Exception):
                raise failure
            if isinstance(failure, asyncio.Event):
                await failure.wait()
                return None
            return failure

        self.monkeypatch.setattr(service, "read_back", read_back)

    async def write(self, write: Write = REQUEST) -> WriteResult:
        return await self.writer.write(write, self.attempt, typed_again=None, again=False)


@pytest.fixture
async def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    return Parts(monkeypatch)


def _failing(error: Exception, *told: CallEnd | bool) -> Carrying:
    """Fail after it was told that it is being sent (True), is not (False), or how it ended."""

    async def doing(sending: Callable[[int, bool], None], ended: Callable[[CallEnd], None]) -> WriteResult:
        for each in told:
            if isinstance(each, bool):
                sending(7, each)
            else:
                ended(each)
        raise error

    return doing


UNKNOWN = "not known whether the DCS accepted SubmitRequest.*dcs-mirror calls settle 7"
NO_DATABASE = "^the mirror's database does not answer$"


@pytest.mark.parametrize(
    ("carrying", "kind", "said"),
    [
        (_failing(LOST), NotWritten, NO_DATABASE),
        (_failing(DatabaseUnavailable("away")), NotWritten, NO_DATABASE),
        (_failing(SchemaMismatch("old")), NotWritten, NO_DATABASE),
        (_failing(asyncpg.SerializationError("no")), NotWritten, NO_DATABASE),
        (_failing(TimeoutError()), NotWritten, "in time"),
        (_failing(ZeroDivisionError()), NotWritten, "its log says more"),
        (_failing(LockLost()), LockLost, "nothing more was sent"),
        (_failing(SafeToResend("429", retry_after=3), True, False), SafeToResend, "429"),
        (_failing(LOST, True, False, CallEnd("refused", "interrupted")), NotWritten, NO_DATABASE),
        (_failing(TimeoutError(), True, False), NotWritten, "in time"),
        (_failing(LOST, True), OutcomeUnknown, UNKNOWN),
        (_failing(TimeoutError(), True), OutcomeUnknown, UNKNOWN),
        (_failing(DatabaseUnavailable("away"), True), OutcomeUnknown, UNKNOWN),
        (_failing(RuntimeError("Session is closed"), True), OutcomeUnknown, UNKNOWN),
        (_failing(LOST, True, CallEnd("unknown", "reset")), OutcomeUnknown, UNKNOWN),
        (_failing(MirrorError("late"), True, False, True), OutcomeUnknown, UNKNOWN),
        (_failing(CallRefused("no"), True, CallEnd("refused", "no")), CallRefused, "^no$"),
        (_failing(LOST, True, CallEnd("refused", "the DCS says no")), NotWritten, "the DCS says no"),
    ],
)
async def test_a6_a_failure_says_whether_the_write_was_sent(
    parts: Parts, carrying: Carrying, kind: type[Exception], said: str
) -> None:
    parts.carry_out_as(carrying)
    with pytest.raises(kind, match=said) as raised:
        await parts.write()
    assert type(raised.value) is kind


@pytest.mark.parametrize("error", [LOST, TimeoutError(), DatabaseUnavailable("away"), ZeroDivisionError()])
async def test_a6_what_the_dcs_accepted_is_answered_whatever_fails_afterwards(
    parts: Parts, error: Exception
) -> None:
    answered = CallEnd("answered", request_id=42)
    parts.carry_out_as(_failing(error, True, answered))
    assert await parts.write() == ACCEPTED
    parts.attempt = Attempt()
    amended = AmendCourse(hei_id=1, course_code="A", new_code="B", students=2)
    parts.carry_out_as(_failing(error, True, CallEnd("answered")))
    assert (await parts.write(amended)).course_code == "B"


async def test_a6_the_time_limit_does_not_cut_off_what_is_being_sent(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BEFORE_SECONDS", 0.01)

    async def slow(sending: Callable[[int, bool], None], ended: Callable[[CallEnd], None]) -> WriteResult:
        sending(7, True)
        await asyncio.sleep(0.05)
        ended(CallEnd("answered", request_id=42))
        return ACCEPTED

    async def late(sending: Callable[[int, bool], None], _: object) -> WriteResult:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:  # as what is shielded does that is cleared up
            sending(7, True)
        raise AssertionError("it was sent although its time was over")

    parts.carry_out_as(slow)
    assert await parts.write() == ACCEPTED
    parts.attempt = Attempt()
    parts.carry_out_as(late)
    with pytest.raises(NotWritten, match="in time"):
        await parts.write()


async def _accepted(sending: Callable[[int, bool], None], ended: Callable[[CallEnd], None]) -> WriteResult:
    sending(7, True)
    ended(CallEnd("answered", request_id=42))
    return ACCEPTED


@pytest.mark.parametrize("failure", ["held", LOST, ZeroDivisionError(), asyncpg.SerializationError("no")])
async def test_a7_a_read_back_that_fails_is_owed_and_changes_no_answer(
    parts: Parts, failure: str | Exception
) -> None:
    parts.carry_out_as(_accepted)
    parts.read_back_as(failure)
    assert await parts.write() == ACCEPTED
    assert parts.asked == ["1 42 call 7"]


@pytest.mark.parametrize("steps", range(6))
async def test_a7_a_slow_read_back_holds_up_neither_the_answer_nor_the_stop(parts: Parts, steps: int) -> None:
    answered = asyncio.Event()

    async def accepted(sending: Callable[[int, bool], None], ended: Callable[[CallEnd], None]) -> WriteResult:
        answered.set()
        return await _accepted(sending, ended)

    parts.carry_out_as(accepted)
    parts.read_back_as(asyncio.Event())
    first = asyncio.create_task(parts.write())
    await answered.wait()
    for _ in range(steps):
        await asyncio.sleep(0)
    await parts.writer.stop()
    assert await first == ACCEPTED
    assert parts.asked == ["1 42 call 7"]
    with pytest.raises(PutOff):
        await parts.write()


async def test_a6_who_stops_waits_for_what_is_being_sent_but_not_for_ever(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, begun = asyncio.Event(), asyncio.Event()

    async def sent(sending: Callable[[int, bool], None], ended: Callable[[CallEnd], None]) -> WriteResult:
        sending(7, True)
        begun.set()
        await answered.wait()
        return await _accepted(sending, ended)

    async def waiting(*_: object) -> WriteResult:
        begun.set()
        await asyncio.Event().wait()
        return ACCEPTED

    parts.carry_out_as(sent)
    first = asyncio.create_task(parts.write())
    await begun.wait()
    begun.clear()
    parts.attempt, former = Attempt(), parts.attempt
    parts.carry_out_as(waiting)
    second = asyncio.create_task(parts.write())
    await begun.wait()
    stopping = asyncio.create_task(parts.writer.stop())
    with pytest.raises(PutOff):
        await second
    assert (former.is_sending, stopping.done()) == (True, False)
    answered.set()
    await stopping
    assert await first == ACCEPTED

    monkeypatch.setattr(writing, "STOP_SECONDS", 0.01)
    other = Parts(monkeypatch)
    answered.clear()
    begun.clear()
    other.carry_out_as(sent)
    third = asyncio.create_task(other.write())
    await begun.wait()
    await other.writer.stop()
    with pytest.raises(OutcomeUnknown, match=UNKNOWN):
        await third


def test_only_what_was_not_written_says_when_to_send_it_again() -> None:
    answer = in_dcs_words(not_written("the DCS does not answer"))
    assert answer.headers["Retry-After"] == "5"
