"""Files that map the codes of a source to those of the DCS. No I/O."""

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.cells import text_of
from dcs_mirror.students.rows import is_too_wide
from dcs_mirror.students.table import Table


def mapping_of(table: Table) -> dict[str, str]:
    """Return a table that maps codes of a source (first column) to codes of the DCS (second column).

    Raises:
        SettingsError: if it has no heading and no second column, a row lacks a code or has more cells than
            the heading, or a code is mapped twice.
    """
    found: dict[str, str] = {}
    for number, cells in table.rows[1:]:
        if is_too_wide(cells, table.rows[0][1]):
            raise SettingsError(
                f"{table.name}: row {number}: there are more cells than in the heading. A cell that contains "
                "the separator must be quoted"
            )
        ours, theirs = (text_of(cell) for cell in [*cells, "", ""][:2])
        if not ours and not theirs:
            continue
        if not ours or not theirs:
            raise SettingsError(f"{table.name}: row {number}: both columns must hold a code")
        if found.setdefault(ours, theirs) != theirs:
            raise SettingsError(f"{table.name}: row {number}: {ours!r} is mapped twice")
    return found
