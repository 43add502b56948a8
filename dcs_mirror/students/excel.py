"""An Excel file as cells: values, not formulas, of one sheet; needs the extra `srs`."""

import warnings
import zipfile
from collections.abc import Sequence
from io import BytesIO
from xml.etree.ElementTree import ParseError

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.rows import Columns, Source, of_table

SUFFIXES = (".xlsx", ".xlsm")
_OLD = bytes.fromhex("d0cf11e0a1b11ae1")  # how a file of Excel 97 begins
MOST_COLUMNS = 256
MOST_UNPACKED = 200_000_000
"""Bytes: a small archive may unpack to more than the memory holds."""

_BROKEN = (
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    ParseError,
    EOFError,
)


def read(name: str, content: bytes, columns: Columns, *, sheet: str | None = None) -> Source:
    """The rows of a sheet, the first one where none is named.

    Raises:
        SettingsError: where the file is no Excel file or lacks the sheet, or openpyxl is not installed.
    """
    try:
        import openpyxl  # noqa: PLC0415 - comes with the extra
    except ImportError:
        raise SettingsError(
            "Excel files need openpyxl, of the extra srs: pip install 'dcs-mirror[srs]'; "
            "or save the sheet as CSV"
        ) from None
    try:
        _refuse_bombs(name, content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations that nobody needs here
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
            title = _title(name, [each.title for each in book.worksheets], sheet)
            found = book[title]
            found.reset_dimensions()  # what the file says of its size may be wrong
            rows = found.iter_rows(max_col=MOST_COLUMNS, values_only=True)
            shortened = ((number, _shortened(row)) for number, row in enumerate(rows, start=1))
            cells = [(number, row) for number, row in shortened if row]
    except _BROKEN as error:
        raise SettingsError(f"{name}: is no Excel file that can be read ({type(error).__name__})") from None
    return of_table(name, cells, columns, read_as=f"Excel, sheet {title!r}")


def refuse_old(name: str, content: bytes) -> None:
    """Tells what to do with a file of Excel 97, whatever its name.

    Raises:
        SettingsError: where it is one.
    """
    if content.startswith(_OLD):
        raise SettingsError(f"{name}: is an Excel file of the old kind: save it as .xlsx, or as CSV")


def _title(name: str, titles: list[str], wanted: str | None) -> str:
    """The sheet that is wanted, or the first."""
    for title in titles:
        if wanted in {None, title}:
            return title
    there = ", ".join(repr(each) for each in titles)
    raise SettingsError(f"{name}: there is no sheet {wanted!r}; the sheets are {there}")


def _shortened(row: Sequence[object]) -> Sequence[object]:
    """A row without the empty cells at its end."""
    last = max((index for index, cell in enumerate(row) if cell is not None), default=-1)
    return row[: last + 1]


def _refuse_bombs(name: str, content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise SettingsError(f"{name}: unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
