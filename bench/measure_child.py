"""A small process that starts another, and tells how long it took, how hard it worked and how large it grew.

``python -m bench.weighing FILE COMMAND…`` runs the command with its own streams and environment, and writes
exit code, seconds, seconds of processor time and megabytes to the file as JSON. It imports next to nothing,
because Linux counts what the parent weighed when it started a child as the child's peak.
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
    # Not Popen.wait(): only wait4 tells what this one child has used.
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    found = {
        "code": process.returncode,
        "seconds": seconds,
        "worked": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / _TO_MEGABYTES,
    }
    file.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
