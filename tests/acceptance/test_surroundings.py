"""What a command makes of where it runs: its `.env`, its streams, its user, its locale."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from tests.support.command import CommandLine, Finished, command_line

STRANGER = 54321
"""A user without an entry in the list of users."""


@pytest.fixture
def dcs_mirror(tmp_path: Path, database: str) -> CommandLine:
    return command_line(tmp_path, database=database)


def told(finished: Finished) -> str:
    """The one line for a person on standard error."""
    (line,) = [line for line in finished.err.splitlines() if not line.startswith("timestamp=")]
    return line


@pytest.mark.parametrize(
    "command",
    ["status", "doctor", "sync", "migrate", "flags", "db url", "axcelerate module-report", "resolve 1"],
)
async def test_a_dotenv_file_that_others_may_write_stops_every_command(
    dcs_mirror: CommandLine, tmp_path: Path, command: str
) -> None:
    (tmp_path / ".env").write_text("DCS_API_URL=https://thief.example.org")
    (tmp_path / ".env").chmod(0o666)
    finished = await dcs_mirror(*command.split())
    assert (finished.code, finished.out) == (2, "")
    assert told(finished).endswith(f"chmod go-w {tmp_path}/.env")


@pytest.mark.parametrize("closed", [".env", "folder"])
async def test_a_dotenv_file_that_the_user_may_not_read_stops_a_command_with_one_line(
    dcs_mirror: CommandLine, tmp_path: Path, closed: str
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / ".env").touch()
    target = folder / ".env" if closed == ".env" else folder
    target.chmod(0)
    as_stranger = CommandLine(dcs_mirror.environment, folder).as_user(STRANGER)
    for command in ("status", "doctor"):
        finished = await as_stranger(command)
        assert finished.code == 2
        assert "Permission denied" in told(finished)
    target.chmod(0o700)


# What a shell may do to a command's streams: how it ends, whether its output is seen, and what else.
STREAMS = {
    "<&-": (0, True, ""),
    ">&-": (0, False, ""),
    "2>&-": (0, True, ""),
    "<&- >&- 2>&-": (0, False, ""),
    "2>/dev/full": (0, True, ""),
    ">/dev/full": (1, False, "dcs-mirror: standard output cannot be written: No space left on device"),
    ">&- 2>/dev/full": (0, False, ""),
}


async def shell(dcs_mirror: CommandLine, line: str, **variables: str) -> Finished:
    """A line of a shell, in which ``mirror`` is the command in an interpreter of its own."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        f'mirror() {{ "$0" -m dcs_mirror "$@"; }}; {line}',
        sys.executable,
        env=dcs_mirror.environment | variables,
        cwd=dcs_mirror.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())


async def test_closed_and_full_streams_end_no_command_half_way(dcs_mirror: CommandLine) -> None:
    """Each command does its work; what cannot be printed is said if there is where to."""
    finished = await asyncio.gather(*(shell(dcs_mirror, f"mirror status --json {s}") for s in STREAMS))
    for streams, (code, is_seen, said), found in zip(STREAMS, STREAMS.values(), finished, strict=True):
        assert (found.code, found.err.strip()) == (code, said), streams
        assert json.loads(found.out)["institutions"] == [] if is_seen else not found.out, streams


async def test_a_reader_that_has_read_enough_does_not_change_how_a_command_ends(
    dcs_mirror: CommandLine,
) -> None:
    """The exit code is that of the command: a night that printed its report into `head` was a good one."""
    line = "{ mirror --help; echo $? >&2; } | head -n 1; { mirror status 1; echo $? >&2; } | true"
    finished = await shell(dcs_mirror, line, COLUMNS="300")
    assert finished.err.splitlines()[0] == "0"
    assert finished.err.splitlines()[-1] == "2"
    assert "Traceback" not in finished.err


# Where a user without a name and a home looks for its database, and what is said of it.
NAMELESS = {
    "postgresql://someone:secret@127.0.0.1:1/dcs": (4, "cannot be reached"),
    "postgresql://127.0.0.1:1/dcs": (2 if os.geteuid() == 0 else 4, ""),
    "postgresql:///dcs?user=someone&host=/nowhere": (4, "cannot be reached"),
    None: (4, "Set DCS_DATABASE_URL"),
}


@pytest.mark.parametrize("url", NAMELESS)
async def test_a_user_without_a_name_and_a_home_gets_one_line_at_most(
    dcs_mirror: CommandLine, url: str | None
) -> None:
    finished = await nameless(dcs_mirror, url)("status")
    code, words = NAMELESS[url]
    assert finished.code == code
    assert words in told(finished)


async def test_a_user_without_a_name_and_a_home_reads_the_database(
    dcs_mirror: CommandLine, database: str
) -> None:
    """Over TCP, because only the server's own user may enter the folder of its socket."""
    parts = urlsplit(database)
    socket = f"{unquote(parse_qs(parts.query)['host'][0])}/.s.PGSQL.{parse_qs(parts.query)['port'][0]}"

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(socket)
        await asyncio.gather(pump(reader, server_writer), pump(server_reader, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as front:
        port = front.sockets[0].getsockname()[1]
        url = f"postgresql://postgres@127.0.0.1:{port}{parts.path}"
        assert (await nameless(dcs_mirror, url)("status", "--json")).json["institutions"] == []


def nameless(dcs_mirror: CommandLine, url: str | None) -> CommandLine:
    """Commands of a user without a name and a home, in a folder that every user may enter."""
    home = None if os.geteuid() == 0 else "/nonexistent"
    return replace(dcs_mirror.but(HOME=home, DCS_DATABASE_URL=url), folder=Path("/")).as_user(STRANGER)


@pytest.mark.parametrize(
    "command", [["status"], ["status", "--json"], ["flags", "--all", "--csv"], ["--help"]]
)
async def test_an_encoding_without_the_letters_loses_none_of_them(
    dcs_mirror: CommandLine, connection: Connection, command: list[str]
) -> None:
    """JSON stays JSON, and CSV says by its byte-order mark that it is UTF-8."""
    await connection.execute(
        "INSERT INTO dcs_mirror.institution (hei_id, name, subscribed, first_seen_at, changed_at)"
        " VALUES (7, 'Prifysgol … É漢😀', true, now(), now())"
    )
    line = f"mirror {' '.join(command)}"
    finished = await shell(dcs_mirror, line, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (finished.code, finished.err) == (0, "")
    if "--json" in command:
        assert json.loads(finished.out)["institutions"][0]["name"] == "Prifysgol … É漢😀"
    elif command == ["status"]:
        assert "Prifysgol \\u2026 \\u00c9\\u6f22\\ud83d\\ude00" in finished.out
    elif "--csv" in command:
        assert finished.out.startswith("\ufeff")


READING = ["status", "resolve 1", "flags", "calls", "quarantine", "doctor", "targets list", "readers list"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through: pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="dcs-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


async def test_reading_commands_make_no_database(open_folder: Path) -> None:
    """Not even the data folder; root's own data folder would be another one than its home's."""
    data = open_folder / "data"
    dcs_mirror = command_line(open_folder).but(DCS_DATA_DIR=str(data))
    for command in (*READING, "reconcile", "prune", "restored"):
        finished = await dcs_mirror(*command.split())
        code = {"status": 0, "doctor": 1}.get(command, 4)  # the doctor misses the credentials
        assert finished.code == code, finished
        assert str(data) in finished.out + finished.err
    assert list(open_folder.iterdir()) == []  # noqa: ASYNC240 - a moment


async def test_reading_commands_leave_no_server_behind_that_did_not_run(open_folder: Path) -> None:
    data = open_folder / "data"
    dcs_mirror = command_line(open_folder).but(DCS_DATA_DIR=str(data))
    assert (await dcs_mirror("migrate")).code == 0
    server = EmbeddedServer(data)
    assert server.is_running()
    assert (await dcs_mirror("status", "--json")).json["database"] == f"the embedded server in {data}"
    assert server.is_running()
    await dcs_mirror("db", "stop")
    for finished in await asyncio.gather(*(dcs_mirror(*command.split()) for command in READING)):
        assert finished.code in {0, 1}, finished  # 1: nothing is found, or the doctor finds no credentials
    assert not server.is_running()
    assert (await dcs_mirror("db", "url")).code == 0
    assert server.is_running()
    await dcs_mirror("db", "stop")


async def test_what_cannot_be_heeded_or_is_mistyped_is_told_by_its_name(
    dcs_mirror: CommandLine, database: str
) -> None:
    strict = dcs_mirror.but(DCS_DATABASE_URL=f"{database}&channel_binding=require")
    for command in ("status", "sync"):
        finished = await strict(command)
        assert (finished.code, finished.out, "channel_binding" in told(finished)) == (2, "", True)
    doctor = await strict("doctor")
    assert (doctor.code, "channel_binding" in doctor.out) == (1, True)
    mistyped = await dcs_mirror.but(DCS_DATABSE_URL="postgresql://elsewhere/dcs")("status")
    assert (mistyped.code, "did you mean DCS_DATABASE_URL?" in mistyped.err) == (0, True)
    assert urlsplit(database).path in mistyped.out


async def test_status_names_the_database_that_it_looks_at_and_no_secret(
    dcs_mirror: CommandLine, database: str
) -> None:
    finished = await dcs_mirror("status", "--json")
    assert finished.json["database"].endswith(urlsplit(database).path)
    assert "nothing is mirrored yet in " in (await dcs_mirror("status")).out


@pytest.mark.parametrize(
    ("limit", "code", "words"),
    [
        ("-n 64", 2, "Set DCS_CONCURRENCY to 24 or less, or raise the limit (ulimit -n 240)"),
        ("-n 30", 2, "raise the limit to 40 or more"),
        ("-S -n 20", 3, "no DCS credentials"),  # the limit that may be raised is raised
    ],
)
async def test_too_few_descriptors_are_told_before_anything_is_sent(
    dcs_mirror: CommandLine, limit: str, code: int, words: str
) -> None:
    busy = dcs_mirror.but(DCS_CONCURRENCY="200")
    if code != 3:
        busy = busy.but(DCS_API_USERNAME="u", DCS_API_PASSWORD="p", DCS_API_URL="http://127.0.0.1:1")
    finished = await shell(busy, f"ulimit {limit}; mirror sync")
    assert (finished.code, finished.out) == (code, "")
    assert words in told(finished)
    if code == 2 and "DCS_CONCURRENCY" in words:
        doctor = await shell(busy, f"ulimit {limit}; mirror doctor --json")
        assert (doctor.code, words in doctor.out) == (1, True)


async def test_a_disk_that_is_full_is_told_and_leaves_no_half_backup(open_folder: Path) -> None:
    """A limit on the size of files stands for a full disk: writing fails in the same way."""
    data = open_folder / "data"
    dcs_mirror = command_line(open_folder).but(DCS_DATA_DIR=str(data))
    assert (await dcs_mirror("migrate")).code == 0
    finished = await shell(dcs_mirror, "ulimit -f 8; mirror db dump dcs.tar")
    assert finished.code == 4
    assert told(finished) == "dcs-mirror: dcs.tar cannot be written: File too large"
    assert {path.name for path in open_folder.iterdir()} == {"data"}  # noqa: ASYNC240 - a moment
    await dcs_mirror("db", "stop")
