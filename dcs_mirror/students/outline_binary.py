"""The outline of a sheet of .xls and .xlsb, from their records. No I/O."""

import struct
from collections.abc import Iterator, Mapping
from itertools import islice

from dcs_mirror.students.compound import stream
from dcs_mirror.students.outline import ERRORS, Outline, Unreadable
from dcs_mirror.students.outline_xml import sheet_part

_STREAMS = ("workbook", "book")
# .xls: numbers of records.
_PROTECTED = 0x002F
_FIRST = 10
"""Which of the first records may say that the others are encrypted."""
_BOUND_SHEET, _ROW, _COLUMNS, _BEGIN, _END = 0x0085, 0x0208, 0x007D, 0x0809, 0x000A
_FORMULA, _TRUTH_OR_ERROR = 0x0006, 0x0205
_SINGLE = {0x0203, 0x0204, 0x00D6, 0x00FD, 0x027E, _FORMULA, _TRUTH_OR_ERROR}
_NUMBERS = 0x00BD
_ROW_IS_HIDDEN = 0x20

# .xlsb
_BUNDLE_SHEET, _BINARY_ROW, _BINARY_COLUMNS = 156, 0, 60
_CELLS = {2, 4, 5, 6, 7, 8, 9, 10, 62}
_CELL_ERRORS = {3, 11}
_BINARY_ROW_IS_HIDDEN = 0x10


def is_protected(content: bytes) -> bool:
    """Return whether an .xls file is protected by a password; False if it is not clear."""
    try:
        book = stream(content, _STREAMS)
        return any(kind == _PROTECTED for kind, _ in islice(_records(book, 0), _FIRST))
    except (Unreadable, struct.error):
        return False


def of_xls(content: bytes, index: int) -> Outline:
    """Return the outline of a sheet of an .xls file, given its position among all sheets.

    Raises:
        Unreadable: if the file is not built as its format says.
    """
    try:
        book = stream(content, _STREAMS)
        starts = [
            struct.unpack_from("<I", data)[0] for kind, data in _records(book, 0) if kind == _BOUND_SHEET
        ]
        return _xls_sheet(book, starts[index])
    except (struct.error, IndexError) as error:
        raise Unreadable(f"the file is cut or broken: {error}") from None


def of_xlsb(parts: Mapping[str, bytes], workbook: str, title: str) -> Outline:
    """Return the outline of a sheet of an .xlsb file.

    Raises:
        Unreadable: if the file is not built as its format says.
    """
    try:
        references: dict[str, str] = {}
        for kind, data in _binary_records(parts[workbook]):
            if kind == _BUNDLE_SHEET:
                reference, position = _wide_string(data, 8)
                references[_wide_string(data, position)[0]] = reference
        return _xlsb_sheet(sheet_part(parts, workbook, references.get(title, "")))
    except (struct.error, IndexError) as error:
        raise Unreadable(f"the file is cut or broken: {error}") from None


def _xls_sheet(book: bytes, start: int) -> Outline:
    """Return the outline of the sheet that begins at a position."""
    outline = Outline("xls")
    for kind, data in _own_records(book, start):
        if kind == _ROW:
            (row,), (flags,) = struct.unpack_from("<H", data), struct.unpack_from("<H", data, 12)
            if flags & _ROW_IS_HIDDEN:
                outline.hidden.append((row + 1, row + 1))
        elif kind == _COLUMNS:
            first, last, _, _, flags = struct.unpack_from("<5H", data)
            if flags & 1:
                outline.hide_columns(first, last)
        elif kind in _SINGLE:
            row, column = struct.unpack_from("<2H", data)
            outline.reach(row + 1, column)
            error = _xls_error(kind, data)
            if error is not None:
                outline.errors[row + 1, column] = error
        elif kind == _NUMBERS:
            (row,), (last,) = struct.unpack_from("<H", data), struct.unpack_from("<H", data, len(data) - 2)
            outline.reach(row + 1, last)
    outline.hidden.sort()
    return outline


def _own_records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of the sheet that begins at a position, without those of charts within it."""
    depth = 0
    for kind, data in _records(book, start):
        depth += (kind == _BEGIN) - (kind == _END)
        if depth == 0:
            break
        if depth == 1:
            yield kind, data


def _xls_error(kind: int, data: bytes) -> str | None:
    """Return the error in a cell, None if it holds another value."""
    if kind == _TRUTH_OR_ERROR and data[7]:
        return ERRORS.get(data[6], "#N/A")
    if kind == _FORMULA and data[12:14] == b"\xff\xff" and data[6] == 2:
        return ERRORS.get(data[8], "#N/A")
    return None


def _xlsb_sheet(sheet: bytes) -> Outline:
    """Return the outline of a sheet, given its part."""
    outline = Outline("xlsb")
    row = 0
    for kind, data in _binary_records(sheet):
        if kind == _BINARY_ROW:
            row = struct.unpack_from("<I", data)[0] + 1
            if data[11] & _BINARY_ROW_IS_HIDDEN:
                outline.hidden.append((row, row))
        elif kind == _BINARY_COLUMNS:
            first, last, _, _, flags = struct.unpack_from("<4IH", data)
            if flags & 1:
                outline.hide_columns(first, last)
        elif kind in _CELLS or kind in _CELL_ERRORS:
            (column,) = struct.unpack_from("<I", data)
            outline.reach(row, column)
            if kind in _CELL_ERRORS:
                outline.errors[row, column] = ERRORS.get(data[8], "#N/A")
    outline.hidden.sort()
    return outline


def _records(book: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of .xls from a position on: their numbers and their contents."""
    while position + 4 <= len(book):
        kind, size = struct.unpack_from("<2H", book, position)
        yield kind, book[position + 4 : position + 4 + size]
        position += 4 + size


def _binary_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the records of .xlsb: their numbers and their contents."""
    position = 0
    while position < len(part):
        kind = part[position]
        position += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | ((part[position] & 0x7F) << 7)
            position += 1
        size = 0
        for shift in (0, 7, 14, 21):
            byte = part[position]
            position += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield kind, part[position : position + size]
        position += size


def _wide_string(data: bytes, position: int) -> tuple[str, int]:
    """Return a text of .xlsb and the position after it."""
    (length,) = struct.unpack_from("<I", data, position)
    end = position + 4 + 2 * length
    return data[position + 4 : end].decode("utf-16-le", errors="replace"), end
