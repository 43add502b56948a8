"""Writing the least that a binary workbook (.xlsb) needs; no library and no free program writes them."""

import io
import struct
import zipfile
from collections.abc import Collection, Sequence

from dcs_mirror.students.cells import CellError

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    "</Types>"
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_RELATION = (
    '<Relationship Id="rId{}" Target="{}" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"/>'
)
Sheet = tuple[str, bool, Sequence[Sequence[object]]]
"""A title, whether the sheet is hidden, and its rows."""


def xlsb(*sheets: Sheet, hidden_rows: Collection[int] = ()) -> bytes:
    """Return a workbook; ``hidden_rows``, counted from 1, are hidden in all its sheets."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        root = _RELATION.format(1, "xl/workbook.bin", "officeDocument")
        archive.writestr("_rels/.rels", _RELATIONS.format(root))
        targets = [_RELATION.format(n, f"worksheets/sheet{n}.bin", "worksheet") for n in _numbers(sheets)]
        archive.writestr("xl/_rels/workbook.bin.rels", _RELATIONS.format("".join(targets)))
        bundles = [
            _record(156, struct.pack("<2I", hidden, n) + _text(f"rId{n}") + _text(title))
            for n, (title, hidden, _) in zip(_numbers(sheets), sheets, strict=True)
        ]
        archive.writestr(
            "xl/workbook.bin", b"".join([_record(131), _record(143), *bundles, _record(144), _record(132)])
        )
        for n, (_, _, rows) in zip(_numbers(sheets), sheets, strict=True):
            archive.writestr(f"xl/worksheets/sheet{n}.bin", _sheet(rows, hidden_rows))
    return packed.getvalue()


def _sheet(rows: Sequence[Sequence[object]], hidden_rows: Collection[int]) -> bytes:
    width = max(map(len, rows), default=1)
    size = _record(148, struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, width - 1))
    found = [_record(129), size, _record(145)]
    for row, cells in enumerate(rows):
        flags = 0x10 if row + 1 in hidden_rows else 0
        found.append(_record(0, struct.pack("<2IH3BI", row, 0, 300, 0, flags, 0, 0)))
        found += [_cell(column, cell) for column, cell in enumerate(cells) if cell is not None]
    return b"".join([*found, _record(146), _record(130)])


def _cell(column: int, cell: object) -> bytes:
    where = struct.pack("<2I", column, 0)
    if isinstance(cell, CellError):
        return _record(3, where + bytes([0x2A]))
    if isinstance(cell, bool):
        return _record(4, where + bytes([cell]))
    if isinstance(cell, int | float):
        return _record(5, where + struct.pack("<d", cell))
    return _record(6, where + _text(str(cell)))


def _numbers(sheets: Sequence[Sheet]) -> range:
    return range(1, len(sheets) + 1)


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, data: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 0x80 else bytes([(kind & 0x7F) | 0x80, kind >> 7])
    size, rest = bytearray(), len(data)
    while rest >= 0x80:
        size.append((rest & 0x7F) | 0x80)
        rest >>= 7
    return number + bytes([*size, rest]) + data
