"""What the tests of student numbers share."""

from pathlib import Path

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Course, Institution

CODES = ("ART 7", "HIS & 1", "MAT/2", "Ökö 3")
MARCH = "2026-03-02T09:00+00:00"
THE_DAY_BEFORE = "2026-03-01T09:00+00:00"


def institution_of(sandbox: RunningSandbox) -> Institution:
    (only,) = sandbox.world.institutions.values()
    return only


def course_of(sandbox: RunningSandbox, code: str) -> Course:
    found = institution_of(sandbox).course_of(code)
    assert found is not None
    return found


def write_csv(path: Path, numbers: dict[str, int], *, separator: str = ",", encoding: str = "utf-8") -> str:
    lines = [f"Module code{separator}Students", *(f"{c}{separator}{n}" for c, n in sorted(numbers.items()))]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return str(path)
