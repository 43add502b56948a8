"""Describes the machine on which the figures are taken."""

import os
import platform
from pathlib import Path

from bench.figures import Machine
from dcs_mirror.version import __version__

_PROCESSORS = Path("/proc/cpuinfo")


def machine(postgresql: str) -> Machine:
    """This machine, with the version of PostgreSQL that is measured."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=os.cpu_count() or 0,
        memory_gb=round(memory / 2**30),
        python=platform.python_version(),
        postgresql=postgresql.split(maxsplit=1)[0],
        dcs_mirror=__version__,
    )


def _processor() -> str:
    # On Linux, the platform module does not know the processor's name.
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
