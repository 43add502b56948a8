"""The short form of the bench, `make bench ARGS=--smoke`: takes every measure, checks no goal."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import pytest

from bench.figures import Run
from bench.plan import Measure
from bench.process import BenchFailed
from bench.questions import QUESTIONS, fill, milliseconds
from bench.report import BEGIN, END, write_docs
from bench.world import AFTER_JUNE, BEFORE_JUNE, Answers, World
from dcs_mirror.database.connections import Connection

ROOT = Path(__file__).parents[2]
MEASURES = {
    "first load ÷ bare fetch",
    "bare load ÷ bare fetch",
    "first load ÷ bare load",
    "first load ÷ bare COPY of its items",
    "unchanged night ÷ bare fetch",
    "processor time of a first load ÷ of the bare fetch",
    "processor time of an unchanged night ÷ of the bare fetch",
    "June night ÷ bare fetch",
    "WAL of an unchanged night, an institution",
    "peak memory of a first load",
    "first load, rate kept while growing",
    "unchanged night, rate kept while growing",
    "latency of a call at 50 ms",
    "bare fetch at 50 ms, share of the ideal",
    "first load at 50 ms, share of the ideal",
    "unchanged night at 50 ms, share of the ideal",
    "first load, one worker ÷ one process",
    "first load, 2 workers: of what the cores left allow",
    "first load, 3 workers at 50 ms, of one process's share",
    "unchanged night, 3 workers at 50 ms, of one process's share",
    "rollover ÷ bare UPDATE",
    "unchanged night with registered rows ÷ without",
    "join on dcs.request_id ÷ join by hand",
    "an ISBN, reader of all",
    "an ISBN, reader of one",
    "items as of a day, reader of one",
    "words of a title, reader of one",
    "INSERT with content_item_words ÷ without",
    "content_item_words, an item",
    "start-up: dcs-mirror --help",
    "the service: GetCourseContent",
    "the service: GetCourseContent ÷ bare handler",
    "the service: 304 ÷ bare handler",
    "processor time: bare handler ÷ GetCourseContent",
    "processor time: bare handler ÷ 304",
    "processor time of courses that differ, PostgreSQL",
    "the service: 99 of 100 within, at 500 calls/s during syncs",
    "the service: memory",
    "page: overview",
    "page: search for words",
    "page: August of an institution, processor time",
}

OF_SOME = {
    "rollover ÷ bare UPDATE",
    "join on dcs.request_id ÷ join by hand",
    "an ISBN, reader of one",
    "start-up: dcs-mirror --help",
}


async def bench(*arguments: str, **settings: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench",
        *arguments,
        cwd=ROOT,
        env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


SOME = (Measure.ROLLOVER, Measure.JOIN, Measure.QUESTIONS, Measure.START_UP)
ALL = tuple(measure for measure in Measure if measure is not Measure.PEERS)


@pytest.mark.parametrize("taken", [SOME, pytest.param(ALL, marks=pytest.mark.long)], ids=["some", "all"])
async def test_the_short_form_takes_every_measure(
    taken: tuple[Measure, ...], server_url: str, tmp_path: Path
) -> None:
    """The table and the file hold the same figures, and the documentation gets them as a table."""
    output = tmp_path / "bench.json"
    measures = [f"--only={measure}" for measure in taken]
    code, out, err = await bench("--smoke", f"--output={output}", *measures, DCS_TEST_DATABASE_URL=server_url)
    assert code == 0, err
    run = msgspec.json.decode(output.read_bytes(), type=Run)
    assert {figure.measure for figure in run.figures} >= (MEASURES if taken == ALL else OF_SOME)
    assert all(len(figure.values) == 1 for figure in run.figures)
    nothing = [figure.measure for figure in run.figures if min(figure.values) <= 0]
    # Processor time is counted in hundredths of a second: the upstream server may need none for tiny data.
    assert [measure for measure in nothing if not measure.endswith("cores of the upstream")] == []
    assert min(min(figure.values) for figure in run.figures) >= 0
    assert len(out.splitlines()) == 1 + len(run.figures)
    for line, figure in zip(out.splitlines()[1:], run.figures, strict=True):
        assert line.startswith(figure.measure)

    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nthe last run\n{END}\nafter\n", encoding="utf-8")
    write_docs(run, page)
    written = page.read_text(encoding="utf-8")
    assert "the last run" not in written
    assert written.startswith(f"before\n{BEGIN}\n")
    assert written.endswith(f"\n{END}\nafter\n")
    assert all(f"| {figure.measure} | {figure.size} |" in written for figure in run.figures)


async def test_a_question_without_an_answer_is_no_measure(connection: Connection) -> None:
    """To find nothing takes no time, so the bench says so and fails, and leaves the reader's role again."""
    await fill(connection, 2_000)
    nothing = QUESTIONS["an ISBN"].replace("0-306-40615-2", "978-1-86197-271-2")
    with pytest.raises(BenchFailed, match=r"no row was returned to dcs_reader by: .*978-1-86197-271-2"):
        await milliseconds(connection, "dcs_reader", nothing, 1)
    (taken,) = await milliseconds(connection, "dcs_reader", QUESTIONS["an ISBN"], 1)
    assert taken > 0
    assert await connection.fetchval("SELECT current_user <> 'dcs_reader'")


async def test_an_unknown_measure_is_a_usage_error() -> None:
    code, _, err = await bench("--only=luck")
    assert code == 2
    assert "luck" in err


def test_the_world_answers_every_call_of_both_years_and_nothing_else() -> None:
    """Each item has an id of its own, which the rollover replaces and shows as the previous one (R2)."""
    world = World(24)
    answers = Answers(world)
    ids: dict[int, dict[int, int]] = {}
    for year in (BEFORE_JUNE, AFTER_JUNE):
        bodies = [answers.to(target.encode()) for target in world.targets(year)]
        assert len(bodies) == world.calls
        documents = [msgspec.json.decode(body) for body in bodies if body is not None]
        items = [item for document in documents for item in document.get("content-items", ())]
        ids[year] = {item["request-id"]: item.get("previous-year-id") for item in items}
        assert len(ids[year]) == world.items
    assert set(ids[AFTER_JUNE].values()) == ids[BEFORE_JUNE].keys()
    assert not ids[AFTER_JUNE].keys() & ids[BEFORE_JUNE].keys()
    assert answers.to(b"/2025/GetCourseContent?hei=101&Request-ID=1") is None
