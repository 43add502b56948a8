"""The demo: what a stranger runs first, on an embedded server of its own."""

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request

from dcs_mirror.embedded.server import EmbeddedServer
from tests.acceptance.downstream.guide import GUIDE, blocks
from tests.support.serving import free_port


def test_the_demo_plays_a_year_to_its_end_and_again(own_server: EmbeddedServer) -> None:
    """Every scene shows what it promises: the list follows June, August raises flags, one is resolved.

    The second time it then shows the dashboard until Ctrl-C.
    """
    demo = [sys.executable, "-m", "dcs_mirror", "demo", "--institutions", "2", "--courses", "30"]
    env = {"PATH": os.environ["PATH"], "DCS_DATA_DIR": str(own_server.data_dir), "COLUMNS": "80"}
    for further in ([], ["--serve"]):
        env["DCS_BIND"] = f"127.0.0.1:{free_port()}"
        out = _played([*demo, *further], env, f"http://{env['DCS_BIND']}/" if further else None)
        scenes = re.findall(r"^(\d)\. ", out, re.MULTILINE)
        assert scenes == [str(number) for number in range(1, len(scenes) + 1)]
        assert len(scenes) == 8
        assert "WHERE hei_id = 108 AND is_openable" in out, "an archived course closes links of Active items"
        rewritten = re.findall(r"^\s+rows\s+out_of_date\s*\n\s+(\d+)\s+(\d+)\s*$", out, re.MULTILINE)
        assert len(rewritten) == 2
        assert all(int(rows) > 0 and out_of_date == "0" for rows, out_of_date in rewritten)
        raised, resolved = (int(found) for found in re.findall(r"(\d+) flagged", out)[-2:])
        assert (raised > 0, resolved) == (True, 0)
        assert "no open flags" in out or re.search(r"dcs-mirror flags\n\s*flag ", out)
    assert own_server.is_running()
    _tried_as_the_guide_says(own_server)


def _tried_as_the_guide_says(server: EmbeddedServer) -> None:
    """What docs/downstream.md says of the demo, in psql and in a shell; then it registers a column."""
    statements, commands = blocks("Try it on the demo", as_written=True)
    psql = [
        sys.executable,
        "-m",
        "dcs_mirror",
        "db",
        "psql",
        "--database",
        "dcs_demo",
        "-v",
        "ON_ERROR_STOP=1",
    ]
    env = {"PATH": os.environ["PATH"], "DCS_DATA_DIR": str(server.data_dir)}
    register = blocks("Register the column", as_written=True)
    create, command = register[0], register[2].splitlines()[0]
    (given,) = re.findall(r"`(ALTER TABLE[^`]+)`", GUIDE)
    tables = statements + create + "INSERT INTO lists.reading_list SELECT 'M1', * FROM lists.stored_link;"
    tables += f"RESET ROLE; {given}; SET ROLE reading_lists; SELECT count(*) AS kept FROM lists.reading_list;"
    done = subprocess.run(psql, input=tables, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"kept\s+-+\s+[1-9]", done.stdout)

    program = f"{shlex.quote(sys.executable)} -m dcs_mirror"
    lines = commands + command.replace("dcs-mirror", ".venv/bin/dcs-mirror")
    lines = lines.replace(".venv/bin/dcs-mirror", program).replace(
        "=.demo", f"={shlex.quote(env['DCS_DATA_DIR'])}"
    )
    done = subprocess.run(
        ["/bin/sh", "-ec", lines], env={"PATH": env["PATH"]}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "registered lists.reading_list.request_id" in done.stdout + done.stderr
    assert "dcs_demo" in done.stdout


def _played(command: list[str], env: dict[str, str], dashboard: str | None) -> str:
    """What a demo prints to its end; before that it shows a dashboard, if one is expected."""
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        out = ""
        if dashboard is not None:
            while f"The dashboard is at {dashboard}" not in out:
                line = process.stdout.readline()
                assert line, out
                out += line
            try:
                with urllib.request.urlopen(dashboard) as page:  # noqa: S310 - an address of this test
                    assert "Things that wait" in page.read().decode()
                assert "db url --database dcs_demo" in process.stdout.readline()
                assert "accounts add me --may acknowledge" in process.stdout.readline()
            finally:
                process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "demo --serve" in rest
    assert "db url --database dcs_demo" in rest
    return out + rest
