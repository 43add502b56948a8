"""Real book records and university names through the whole mirror, where they lie beside the project."""

import csv
import json
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, read_books, running_sandbox
from tests.support.command import command_line
from tests.support.control import control
from tests.support.walk import assert_views_equal

DATA = Path(__file__).parents[2].parent / "shared" / "data"
COLUMNS = ("isbn10", "authors", "year", "original_title", "title", "language")
A_FEW_BOOKS = (
    ("0141439513", "Jane Austen", "1813", "Pride and Prejudice", "Pride and Prejudice", "eng"),
    ("5170118619", "Михаил Булгаков", "1967", "Мастер и Маргарита", "Мастер и Маргарита", "rus"),
    ("", 'O\'Brien, "Flann"', "", "", "At Swim-Two-Birds; a novel, with commas", "en-GB"),
)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """The real records where they are there, else a few."""
    if (DATA / "books.csv").exists():
        return DATA / "books.csv"
    file = tmp_path / "books.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([COLUMNS, *A_FEW_BOOKS])
    return file


@pytest.fixture
def names() -> list[str]:
    """The real names where they are there, else two."""
    file = DATA / "uk_universities.json"
    real: list[str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return real or ["Prifysgol Caerdydd / Cardiff University", "Queen's University Belfast"]


async def test_real_books_at_real_universities_come_through_unchanged(
    books: Path, names: list[str], tmp_path: Path, database: str, connection: Connection
) -> None:
    world = build_world(Sizes(institutions=8, courses=20, items=8), seed=5, library=read_books(books))
    for institution, name in zip(world.institutions.values(), names, strict=False):
        institution.name = name
    async with running_sandbox(world) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        assert (await dcs_mirror("sync")).code == 0
        await control(sandbox, "random-edits", count=80, seed=9)
        assert (await dcs_mirror("sync", "--accept-removals")).code == 0
        await assert_views_equal(connection, await control(sandbox, "state"))
    assert await connection.fetchval("SELECT name FROM dcs.institution ORDER BY hei_id LIMIT 1") == names[0]


async def test_the_sandbox_serves_a_books_file(books: Path, tmp_path: Path) -> None:
    process = await command_line(tmp_path).start(
        "sandbox", "--port", "0", "--institutions", "1", "--courses", "2", "--books", str(books), "--json"
    )
    assert process.stdout is not None
    assert json.loads(await process.stdout.readline())["base_url"].startswith("http://127.0.0.1:")
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
