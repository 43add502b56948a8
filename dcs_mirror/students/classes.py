"""The classes of aXcelerate as rows: how many students are enrolled for each course of the DCS."""

from collections.abc import Collection, Iterable, Mapping

from dcs_mirror.axcelerate.classes import ClassSize
from dcs_mirror.errors import SettingsError
from dcs_mirror.students import csv_file
from dcs_mirror.students.rows import Source, SourceRow, is_too_wide


def rows(
    sizes: Iterable[ClassSize], codes: Collection[str], mapping: Mapping[str, str] | None = None
) -> Source:
    """One row for each course code, with the students of all its classes.

    Args:
        sizes: the classes.
        codes: the course codes of the DCS.
        mapping: aXcelerate's class or course codes to those of the DCS; what it does not name counts under
            its own code: the class's where the DCS has it, else the course's.
    """
    mapping = mapping or {}
    students: dict[str, int] = {}
    classes: dict[str, list[int]] = {}
    for size in sizes:
        own = [code for code in (size.class_code, size.course_code) if code]
        mapped = (mapping[code] for code in own if code in mapping)
        equal = (code for code in own if code in codes)
        code = next(mapped, None) or next(equal, None) or (own[-1] if own else "")
        students[code] = students.get(code, 0) + size.students
        classes.setdefault(code, []).append(size.class_id)
    found = [
        SourceRow(
            f"class {', '.join(map(str, classes[code]))}",
            code,
            students[code],
            fault=None if code else "aXcelerate tells no code",
        )
        for code in sorted(students)
    ]
    return Source(found, f"aXcelerate: {sum(map(len, classes.values()))} classes")


def mapping_of(name: str, content: bytes) -> dict[str, str]:
    """A CSV file that maps: below a heading, aXcelerate's code in the first column, the DCS's in the second.

    Raises:
        SettingsError: where it is no CSV, a row lacks a code or has more cells than the heading, or a code is
            mapped twice.
    """
    found: dict[str, str] = {}
    rows_read = csv_file.cells(name, content)
    for number, cells in rows_read[1:]:
        if is_too_wide(cells, rows_read[0][1]):
            raise SettingsError(
                f"{name}: row {number}: there are more cells than in the heading; a cell that holds the "
                "separator must stand in quotes"
            )
        ours, theirs = (str(cell).strip() for cell in [*cells, "", ""][:2])
        if not ours and not theirs:
            continue
        if not ours or not theirs:
            raise SettingsError(f"{name}: row {number}: there must be a code in each of the two columns")
        if found.setdefault(ours, theirs) != theirs:
            raise SettingsError(f"{name}: row {number}: {ours!r} is mapped twice")
    return found
