"""`dcs-mirror sandbox` as a process: what it prints, how it ends, what it refuses."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from tests.support.command import Finished, command_line

PROGRAM = "import typer; from dcs_mirror.cli.sandbox import sandbox; typer.run(sandbox)"
SMALL = ("--port", "0", "--institutions", "1", "--courses", "2", "--items", "1")


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        finally:
            process.kill()


async def refused(folder: Path, *options: str) -> Finished:
    """How the command ended with options that it does not take, which it says on one line each."""
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "500"}
    return await command_line(folder).but(**plain)("sandbox", *options)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_ends_with_0(stop: signal.Signals) -> None:
    with started(*SMALL, "--json", "--key", "k") as (process, printed):
        ready = json.loads(printed.readline())
        assert ready.keys() == {
            "base_url",
            "control_url",
            "username",
            "password",
            "subscription_key",
            "axcelerate_url",
        }
        assert (ready["username"], ready["subscription_key"]) == ("sandbox", "k")
        control = urlsplit(ready["control_url"])
        with closing(http.client.HTTPConnection(control.netloc)) as connection:
            connection.request("GET", f"{control.path}/state")
            state = json.load(connection.getresponse())
        assert len(state["institutions"][0]["courses"]) == 2
        process.send_signal(stop)
        rest, errors = process.communicate()
        assert (process.returncode, rest, errors) == (0, "", "")


def test_on_a_terminal_it_prints_lines_to_paste(tmp_path: Path) -> None:
    with started(*SMALL, "--password", "it's") as (process, printed):
        lines = [printed.readline() for _ in range(6)]
        process.send_signal(signal.SIGTERM)
        process.communicate()
    script = tmp_path / "paste.sh"
    script.write_text("".join(lines[2:5]) + 'printf %s "$DCS_API_USERNAME:$DCS_API_PASSWORD"')
    pasted = subprocess.run(["/bin/sh", script], capture_output=True, text=True, check=True)
    assert pasted.stdout == "sandbox:it's"
    assert "dcs-course-content-urls/v3" in lines[0]
    assert lines[2].startswith("export DCS_API_URL=http://127.0.0.1:")


async def test_a_port_in_use_ends_with_4_and_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = await refused(tmp_path, *SMALL, "--port", str(port))
    assert (ended.code, ended.out) == (4, "")
    told = "Address already in use; --port names another one, and 0 any free one"
    assert ended.err == f"cannot listen on 127.0.0.1:{port}: {told}\n"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--books", "/nowhere.csv"), "/nowhere.csv"),
        (("--faults", "/nowhere.json"), "/nowhere.json: No such file"),
        (("--spelling", "loud"), "--spelling"),
        (("--courses", "-1"), "--courses"),
        (("--username", "a:b"), "--username"),
    ],
)
async def test_wrong_options_end_with_2(options: tuple[str, ...], named: str, tmp_path: Path) -> None:
    ended = await refused(tmp_path, *SMALL, *options)
    assert ended.code == 2
    assert named in ended.err


def test_a_script_is_in_force_from_the_start_and_a_hang_does_not_delay_the_end(
    tmp_path: Path,
) -> None:
    script = tmp_path / "faults.json"
    faults = [{"kind": "reset", "at": "body", "times": 1}, {"kind": "hang", "at": "headers"}]
    script.write_text(json.dumps(faults))
    with started(*SMALL, "--json", "--faults", str(script)) as (process, printed):
        base = urlsplit(json.loads(printed.readline())["base_url"])
        with closing(http.client.HTTPConnection(base.netloc)) as connection:
            connection.request("GET", f"{base.path}/GetInstitutions")
            response = connection.getresponse()
            with pytest.raises(ConnectionResetError):
                response.read()
        with closing(http.client.HTTPConnection(base.netloc)) as connection:
            connection.request("GET", f"{base.path}/GetInstitutions")
            response = connection.getresponse()
            process.send_signal(signal.SIGTERM)
            with pytest.raises(http.client.IncompleteRead):
                response.read()
        rest, errors = process.communicate()
        assert (process.returncode, rest, errors) == (0, "", "")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[", ["not a JSON list of faults"]),
        (
            '[{"kind": "fire"}, {"kind": "hang"}, {"kind": "cut", "times": 0}]',
            ["fault 1: unknown kind 'fire'", "fault 3: Expected `int` >= 1 - at `$.times`"],
        ),
    ],
)
async def test_an_invalid_script_of_faults_ends_with_2_and_a_line_for_each_mistake(
    text: str, lines: list[str], tmp_path: Path
) -> None:
    script = tmp_path / "faults.json"
    script.write_text(text)
    ended = await refused(tmp_path, *SMALL, "--faults", str(script))
    assert (ended.code, ended.out) == (2, "")
    assert "--faults" in ended.err
    assert all(sum(line in said for said in ended.err.splitlines()) == 1 for line in lines)


async def test_a_host_that_does_not_resolve_ends_with_4_and_one_line(tmp_path: Path) -> None:
    ended = await refused(tmp_path, *SMALL, "--host", "no.such.host.invalid")
    assert ended.code == 4
    assert ended.err.startswith("cannot listen on no.such.host.invalid:0: ")
    assert ended.err.count("\n") == 1


def test_help_loads_no_server() -> None:
    program = (
        "import sys; from dcs_mirror.cli import sandbox; "
        "print([n for n in ('aiohttp', 'uvloop', 'msgspec') if n in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert printed.stdout == "[]\n"
