"""`dcs-mirror notify` as cron calls it: what it prints, its exit codes, and what a kill in between leaves."""

import asyncio
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from tests.support.command import CommandLine, command_line
from tests.support.readings import HEI, apply_reading, item, reading
from tests.support.receiver import receiver

SECRET = "a secret of the tests"


@pytest.fixture
async def dcs_mirror(tmp_path: Path, database: str, connection: Connection) -> CommandLine:
    """A mirror with an item that was Active in the first night."""
    await apply_reading(connection, reading({"A": [item(1)]}))
    return command_line(tmp_path, None, database).but(
        DCS_NOW="2026-03-03T09:00", DCS_NOTIFY_FILE=str(tmp_path / "notify.toml")
    )


def write(folder: Path, *to: str) -> None:
    listed = ", ".join(f'"{url}"' for url in to)
    file = folder / "notify.toml"
    file.write_text(
        f'[[notify]]\ninstitutions = [{HEI}]\nevents = ["rejected"]\nto = [{listed}]\nsecret = "{SECRET}"\n'
    )
    file.chmod(0o600)


async def test_what_happened_is_told_once_and_again_if_the_program_was_killed_in_between(
    dcs_mirror: CommandLine, connection: Connection, tmp_path: Path
) -> None:
    async with receiver() as library:
        write(tmp_path, library.url)
        first = await dcs_mirror("notify")
        assert (first.code, first.out) == (0, "nothing to tell\n"), first
        await apply_reading(connection, reading({"A": [item(1, content_status="Rejected")]}, night=1))
        rehearsed = await dcs_mirror("notify", "--dry-run", "--json")
        (message,) = rehearsed.json["messages"]
        assert message["event"] == "rejected"
        assert "http" not in message["text"]
        linking = dcs_mirror.but(DCS_PUBLIC_URL="https://mirror.example.ac.uk/")
        (message,) = (await linking("notify", "--dry-run", "--json")).json["messages"]
        assert f"https://mirror.example.ac.uk/items?hei={HEI}&status=Rejected" in message["text"]

        library.answers = ["hang"]
        process = await dcs_mirror.start("notify")
        await asyncio.wait_for(library.came.wait(), 30)
        process.kill()
        await process.communicate()
        again = await dcs_mirror("notify")
        assert again.code == 0, again
        assert again.out.startswith("sent to webhook+http://127.0.0.1")
        assert library.posts[0][1] == library.posts[1][1]
        assert (await dcs_mirror("notify", "--quiet")).out == ""
        assert len(library.taken) == 1

        library.answers = [400]
        refused = await dcs_mirror("notify", "--since", "2026-03-02", "--quiet")
        assert (refused.code, refused.out) == (4, "")
        assert "answered HTTP 400; 1 waiting" in refused.err
        assert SECRET not in refused.err


async def test_a_file_that_is_wrong_is_one_line_and_sends_nothing(
    dcs_mirror: CommandLine, tmp_path: Path
) -> None:
    async with receiver() as library:
        for to, said in (
            ("nothing://hunter2hunter2", "Apprise knows"),
            ("mailto:hunter2hunter2", "its kind"),
        ):
            write(tmp_path, library.url, to)
            finished = await dcs_mirror("notify", "--quiet")
            assert (finished.code, finished.out) == (2, ""), finished
            (line,) = finished.err.splitlines()
            assert said in line
            assert "hunter2" not in line
        assert library.posts == []
    finished = await dcs_mirror.but(DCS_NOTIFY_FILE=None)("notify", "--quiet")
    assert (finished.code, "DCS_NOTIFY_FILE is not set" in finished.err) == (2, True)


async def test_without_apprise_its_addresses_stop_the_command_with_what_to_install(
    dcs_mirror: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "lacking").mkdir()
    (tmp_path / "lacking/apprise.py").write_text("raise ImportError")
    async with receiver() as library:
        write(tmp_path, library.url, "mailto://hunter2hunter2@mail.example.org")
        without = dcs_mirror.by_itself().but(PYTHONPATH=str(tmp_path / "lacking"))
        finished = await without("notify", "--quiet")
        assert (finished.code, finished.out) == (2, "")
        (line,) = finished.err.splitlines()
        assert "pip install 'dcs-mirror[notify]'; nothing was sent" in line
        assert library.posts == []
        write(tmp_path, library.url)
        assert (await without("notify", "--quiet")).code == 0  # a webhook needs nothing more
