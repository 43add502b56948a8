"""What the service keeps of what the database said: for how long, and how much."""

import asyncio
import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from dcs_mirror.web import access, answers
from dcs_mirror.web.access import Access, AccessChecks, Version
from dcs_mirror.web.answers import Answer, Answers, Question

NOW = datetime(2026, 6, 10, tzinfo=UTC)
NOBODY = "nobody"


class Counted(AccessChecks):
    """Checks that count how often the database is asked; the change id is the number of the question."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.asked = 0

    async def _answers(self, keys: list[tuple[str, int | None]]) -> dict[tuple[str, int | None], Access]:
        self.asked += 1
        version = Version(self.asked, 1, NOW)
        return {
            key: Access(b"", True, frozenset(), None, True, True, version) for key in keys if key[0] != NOBODY
        }


async def _change_id(checks: AccessChecks, within: float, *, name: str = "library") -> int | None:
    found = await checks.check(name, 101, within=within)
    return None if found is None else found.version.change_id


async def test_what_was_found_a_moment_ago_serves_those_who_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else, no longer than they say, and never that there is no such account."""
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    checks = Counted()
    assert [await _change_id(checks, 0.1) for _ in range(3)] == [1, 1, 1]
    now += 0.09
    assert await _change_id(checks, 0.1) == 1
    now += 0.02
    assert await _change_id(checks, 0.1) == 2
    # Who asks for the present gets it, and so does who asks next: it may have been changed in between.
    assert [await _change_id(checks, 0.0) for _ in range(2)] == [3, 4]
    assert [await _change_id(checks, 0.1) for _ in range(2)] == [5, 5]
    assert [await _change_id(checks, 0.1, name=NOBODY) for _ in range(2)] == [None, None]
    assert checks.asked == 7
    together = await asyncio.gather(*(_change_id(checks, 0.0) for _ in range(50)))
    assert set(together) == {8}


async def test_what_is_known_of_accounts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_KNOWN", 10)
    checks = Counted()
    for hei_id in range(25):
        await checks.check("library", hei_id, within=1e9)
        assert len(checks._known) <= 10
    assert await checks.check("library", 24, within=1e9) is not None
    assert checks.asked == 25


@pytest.mark.parametrize(
    ("code", "body"),
    [("LAW{}", b"x" * 8000), ("LAW{}", b""), ("{}" + "x" * 7000, b"{}"), ("{}" + "\u5b57" * 2000, b"{}")],
    ids=["large answers", "none", "long codes", "wide characters"],
)
async def test_answers_take_no_more_memory_than_they_may(
    code: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever clients ask for: real bytes are counted, of answers that are compressed, too."""
    monkeypatch.setattr(answers, "KEPT_BYTES", 1_000_000)

    async def build(self: Answers, name: str, question: Question) -> Answer:
        answer = Answer(body + (question.code or "")[:9].encode(), datetime.now(UTC), datetime.now(UTC))
        answer.compressed()
        return answer

    monkeypatch.setattr(Answers, "_build", build)
    kept = Answers(None)  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        for number in range(1200):
            question = Question("GetCourseContent", 101, code.format(number), None)
            version = Version(10**6 + number, 10**6 + number, datetime.now(UTC))
            assert await kept.get("library", question, version) is not None
            assert kept.kept(question, version) is not None
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1_200_000
    assert kept.kept(question, Version(1, 1, NOW)) is None
