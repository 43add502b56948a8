"""A small process that runs a command and measures its duration, processor time and peak memory.

``python -m bench.measure_child FILE COMMAND…`` runs the command with its own streams and environment, and
writes exit code, seconds, processor seconds and peak megabytes to the file as JSON. It imports next to
nothing, because Linux includes the size of the parent at the time of the fork in the peak of a child.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

_TO_MEGABYTES = 1024 * 1024 if sys.platform == "darwin" else 1024


def _main(file: Path, command: list[str]) -> None:
    began = time.perf_counter()
    process = subprocess.Popen(command)
    # Not Popen.wait(): only wait4 returns the resources of this one child.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    measured = {
        "code": process.returncode,
        "seconds": seconds,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / _TO_MEGABYTES,
    }
    file.write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
