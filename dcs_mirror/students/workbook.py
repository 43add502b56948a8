"""Reading one sheet of a workbook: its values, not its formulas. Needs the extra ``srs``.

The cells are read by python-calamine, whatever the styles of the workbook say. It does not tell which rows
are hidden nor which cells hold errors, and it takes memory for every cell up to the last one: what it leaves
out is in the outline (:mod:`~dcs_mirror.students.outline`), which is read first.
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from dcs_mirror.errors import SettingsError
from dcs_mirror.students import outline_binary, outline_xml
from dcs_mirror.students.cells import CellError
from dcs_mirror.students.outline import Outline, Unreadable
from dcs_mirror.students.table import Row, Table

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".ods", ".ots")
MOST_UNPACKED = 200_000_000
"""Bytes. A small archive may unpack to more than the memory holds."""
MOST_CELLS = 10_000_000
"""Cells up to the last one that is used, empty ones included."""

_ZIP = b"PK\x03\x04"
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""The first bytes of a compound file: .xls, and whatever Office protected by a password."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NEEDED = (".xml", ".rels", ".bin", "mimetype")
_KINDS = {"xlsx": "Excel", "xlsb": "Excel binary", "xls": "Excel 97", "ods": "OpenDocument"}


def is_workbook(name: str, content: bytes) -> bool:
    """Return whether a file is a workbook, by its first bytes or else by its name."""
    return content.startswith((_ZIP, _COMPOUND)) or name.lower().endswith(SUFFIXES)


def read(name: str, content: bytes, *, sheet: str | None = None, hidden_rows: bool = False) -> Table:
    """Return a sheet as a table.

    Args:
        name: the file's name, for errors.
        content: the file.
        sheet: the sheet to read; None for the first one that is not hidden.
        hidden_rows: whether hidden rows are taken.

    Raises:
        SettingsError: if the file cannot be read, is protected by a password or lacks the sheet, or the
            extra is not installed.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415 - from the extra
    except ImportError:
        raise SettingsError(
            "workbooks need python-calamine, from the extra srs: pip install 'dcs-mirror[srs]'; "
            "or save the sheet as CSV"
        ) from None
    if content.startswith(_COMPOUND) and (_ENCRYPTED in content or outline_binary.is_protected(content)):
        raise _protected(name)
    content, parts = _checked(name, content)
    try:
        all_outlines = _all_outlines(content, parts)
        _refuse_huge(name, all_outlines)
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        title = _title(name, book, sheet)
        outline = _outline(parts, title, all_outlines, book.sheet_names.index(title))
        _refuse_huge(name, [outline])
        found = book.get_sheet_by_name(title)
        rows = [(number, row) for number, row in enumerate(found.iter_rows(), start=1)]
        merged = found.merged_cell_ranges or ()
    except PasswordError:
        raise _protected(name) from None
    except (CalamineError, Unreadable, OSError) as error:
        raise _broken(name, error) from None
    except BaseException as error:
        # What a panic in calamine raises derives from no exception that could be named.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(name, error) from None
    return Table(
        name,
        _rows(rows, outline, hidden_rows=hidden_rows),
        read_as=_KINDS[outline.kind],
        sheet=title,
        other_sheets=[each for each in _titles(book, hidden=False) if each != title],
        hidden_sheets=[each for each in _titles(book, hidden=True) if each != title],
        hidden_rows=sum(any(cell != "" for cell in row) for number, row in rows if outline.hides(number)),
        takes_hidden_rows=hidden_rows,
        hidden_columns=outline.hidden_columns,
        merged=[((top + 1, left), (bottom + 1, right)) for (top, left), (bottom, right) in merged],
    )


def _rows(rows: Sequence[Row], outline: Outline, *, hidden_rows: bool) -> list[Row]:
    """Return the rows with the errors that are in their cells, without those that are hidden."""
    found: list[Row] = []
    errors: dict[int, list[tuple[int, str]]] = {}
    for (number, column), text in outline.errors.items():
        errors.setdefault(number, []).append((column, text))
    for number, row in rows:
        if outline.hides(number) and not hidden_rows:
            continue
        # Some formats have whole numbers; all are alike here, and none is a text.
        cells = [float(cell) if type(cell) is int else cell for cell in row]
        for column, text in errors.pop(number, ()):
            cells += [""] * (column + 1 - len(cells))
            cells[column] = CellError(text)
        found.append((number, cells))
    # Below the last cell that calamine knows there may be rows that hold nothing but errors.
    for number, cells_of in sorted(errors.items()):
        if hidden_rows or not outline.hides(number):
            width = max(column for column, _ in cells_of) + 1
            texts = dict(cells_of)
            found.append((number, [CellError(texts[each]) if each in texts else "" for each in range(width)]))
    return found


def _checked(name: str, content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return a workbook of which every part was unpacked within the limit, and its parts if it is an archive.

    The archive is packed anew, so that what calamine unpacks is what was measured here.

    Raises:
        SettingsError: if it is no workbook, or unpacks to too much.
    """
    if content.startswith(_COMPOUND):
        return content, {}
    if not content.startswith(_ZIP):
        raise SettingsError(f"{name}: is not a workbook: {_what_it_is(content)}")
    parts: dict[str, bytes] = {}
    packed = BytesIO()
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive, zipfile.ZipFile(packed, "w") as checked:
            for part in archive.infolist():
                key = part.filename.replace("\\", "/").lstrip("/").lower()
                if key.endswith(".iwa"):
                    raise SettingsError(f"{name}: is a document of Numbers: export it as Excel or CSV")
                if not key.endswith(_NEEDED) or key in parts:
                    continue
                if part.flag_bits & 1:
                    raise _protected(name)
                if part.file_size > left:
                    raise SettingsError(f"{name}: unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
                left -= part.file_size
                parts[key] = archive.read(part)
                checked.writestr(part.filename, parts[key])
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise _broken(name, error) from None
    if b"encryption-data" in parts.get("meta-inf/manifest.xml", b""):
        raise _protected(name)
    return packed.getvalue(), parts


def _all_outlines(content: bytes, parts: Mapping[str, bytes]) -> list[Outline]:
    """Return the outlines of all sheets of a format of which calamine reads all sheets at once, else none.

    Raises:
        Unreadable: if the workbook is not built as its format says.
    """
    if not parts:
        return outline_binary.of_xls(content)
    return outline_xml.of_ods(parts) if "content.xml" in parts else []


def _outline(parts: Mapping[str, bytes], title: str, all_outlines: Sequence[Outline], index: int) -> Outline:
    """Return the outline of a sheet, which has a title and a position.

    Raises:
        Unreadable: if the workbook is not built as its format says.
    """
    if all_outlines:
        if index >= len(all_outlines):
            raise Unreadable("the sheet is not there")
        return all_outlines[index]
    workbook = outline_xml.workbook_part(parts)
    of_sheet = outline_binary.of_xlsb if workbook.endswith(".bin") else outline_xml.of_xlsx
    return of_sheet(parts, workbook, title)


def _title(name: str, book: "CalamineWorkbook", wanted: str | None) -> str:
    """Return the title of the sheet that is wanted, or of the first one that is not hidden.

    Raises:
        SettingsError: if there is no such sheet; names the sheets that there are.
    """
    visible, hidden = _titles(book, hidden=False), _titles(book, hidden=True)
    if wanted is None:
        if visible:
            return visible[0]
        problem = (
            "all sheets are hidden; choose one with --sheet" if hidden else "there is no sheet with cells"
        )
    else:
        folded = wanted.strip().casefold()
        for title in [*visible, *hidden]:
            if title == wanted:
                return title
        alike = [title for title in [*visible, *hidden] if title.strip().casefold() == folded]
        if len(alike) == 1:
            return alike[0]
        problem = f"there is no sheet {wanted!r}"
    available = ", ".join([*map(repr, visible), *(f"{each!r} (hidden)" for each in hidden)])
    raise SettingsError(f"{name}: {problem}; the sheets are {available}")


def _titles(book: "CalamineWorkbook", *, hidden: bool) -> list[str]:
    """Return the titles of the sheets with cells: the hidden ones, or the others."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - comes with the extra

    return [
        each.name
        for each in book.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet and (each.visible != SheetVisibleEnum.Visible) == hidden
    ]


def _refuse_huge(name: str, outlines: Sequence[Outline]) -> None:
    """Refuse sheets whose cells up to the last one would not fit into the memory.

    Raises:
        SettingsError: if there are too many.
    """
    if sum(each.rows * each.columns for each in outlines) > MOST_CELLS:
        largest = max(outlines, key=lambda each: each.rows * each.columns)
        raise SettingsError(
            f"{name}: a sheet reaches to row {largest.rows} and column {largest.columns}. Delete the rows "
            "and columns behind the table, or save the sheet as CSV"
        )


def _what_it_is(content: bytes) -> str:
    """Return what a file is that has the name of a workbook, and what to do with it."""
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<?xml") and b"spreadsheet" in start:
        return "it is a sheet in XML of 2003; open it and save it as .xlsx"
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style", b"<head")):
        return "it is a web page with such a name; open it in a spreadsheet program and save it as .xlsx"
    if content and b"\0" not in content:
        return "it is text; give it the name .csv if its cells are separated by commas, semicolons or tabs"
    return "its beginning is of another kind" if content else "it is empty"


def _protected(name: str) -> SettingsError:
    return SettingsError(
        f"{name}: is protected by a password; open it with the password, and save it without one"
    )


def _broken(name: str, error: BaseException) -> SettingsError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return SettingsError(f"{name}: cannot be read as a workbook ({reason})")
