"""Compound files, in which .xls files keep their streams. No I/O."""

import struct
from collections.abc import Collection, Sequence

from dcs_mirror.students.outline import Unreadable

_END_OF_CHAIN = 0xFFFFFFFA
"""Numbers from here on are no sectors."""
_ENTRY = 128
_STREAM, _ROOT = 2, 5


def stream(content: bytes, names: Collection[str]) -> bytes:
    """Return the first stream with one of these names, which are in lower case.

    Raises:
        Unreadable: if there is none, or the file is broken.
    """
    try:
        return _File(content).stream(names)
    except (struct.error, IndexError) as error:
        raise Unreadable(f"the file is cut or broken: {error}") from None


class _File:
    """A compound file: sectors that a table chains to streams, and a directory of these."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        shift, mini_shift = struct.unpack_from("<2H", content, 30)
        if shift not in {9, 12} or mini_shift > shift:
            raise Unreadable("the size of its sectors is not valid")
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        count, self._directory = struct.unpack_from("<2I", content, 44)
        self._cutoff, self._mini_table, _, more, _ = struct.unpack_from("<5I", content, 56)
        sectors = list(struct.unpack_from("<109I", content, 76))
        per_sector = self._size // 4
        while more < _END_OF_CHAIN and len(sectors) < count:
            listed = struct.unpack_from(f"<{per_sector}I", content, self._offset(more))
            sectors += listed[:-1]
            more = listed[-1]
        self._table: list[int] = []
        for sector in sectors[:count]:
            if sector < _END_OF_CHAIN:
                self._table += struct.unpack_from(f"<{per_sector}I", content, self._offset(sector))

    def stream(self, names: Collection[str]) -> bytes:
        """Return the first stream with one of these names."""
        directory = self._read(self._directory)
        root = b""
        for position in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            entry = directory[position : position + _ENTRY]
            if entry[66] == _ROOT:
                root = entry
            if entry[66] != _STREAM or _name(entry) not in names:
                continue
            start, size = struct.unpack_from("<2I", entry, 116)
            if size >= self._cutoff:
                return self._read(start)[:size]
            (mini_start,) = struct.unpack_from("<I", root, 116)
            table = self._read(self._mini_table)
            links = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
            return _chained(self._read(mini_start), start, links, self._mini_size, 0)[:size]
        raise Unreadable("it is no workbook: Office keeps other documents in such files too")

    def _read(self, start: int) -> bytes:
        return _chained(self._content, start, self._table, self._size, self._size)

    def _offset(self, sector: int) -> int:
        position: int = (sector + 1) * self._size
        return position


def _chained(content: bytes, start: int, links: Sequence[int], size: int, first: int) -> bytes:
    """Return what a chain of sectors holds; ``first`` is the position of the first sector."""
    found: list[bytes] = []
    sector = start
    while sector < _END_OF_CHAIN:
        if len(found) > len(links):
            raise Unreadable("a chain of sectors has no end")
        found.append(content[first + sector * size : first + (sector + 1) * size])
        sector = links[sector]
    return b"".join(found)


def _name(entry: bytes) -> str:
    (length,) = struct.unpack_from("<H", entry, 64)
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace").lower()
