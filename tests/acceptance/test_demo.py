"""The demo: what a stranger runs first, on an embedded server of its own."""

import os
import re
import subprocess
import sys

from dcs_mirror.embedded.server import EmbeddedServer


def test_the_demo_plays_a_year_to_its_end_and_again(own_server: EmbeddedServer) -> None:
    """Every scene shows what it promises: the list follows June, August raises flags, one is resolved."""
    demo = [sys.executable, "-m", "dcs_mirror", "demo", "--institutions", "2", "--courses", "30"]
    env = {"PATH": os.environ["PATH"], "DCS_DATA_DIR": str(own_server.data_dir), "COLUMNS": "80"}
    for _ in range(2):
        done = subprocess.run(demo, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        out = done.stdout
        scenes = re.findall(r"^(\d)\. ", out, re.MULTILINE)
        assert scenes == [str(number) for number in range(1, len(scenes) + 1)]
        assert len(scenes) == 8
        rewritten = re.findall(r"^\s+rows\s+out_of_date\s*\n\s+(\d+)\s+(\d+)\s*$", out, re.MULTILINE)
        assert len(rewritten) == 2
        assert all(int(rows) > 0 and out_of_date == "0" for rows, out_of_date in rewritten)
        raised, resolved = (int(found) for found in re.findall(r"(\d+) flagged", out)[-2:])
        assert (raised > 0, resolved) == (True, 0)
        assert "no open flags" in out or re.search(r"dcs-mirror flags\n\s*flag ", out)
    assert own_server.is_running()
