"""Reading one sheet of an Excel file: its values, not its formulas. Needs the extra ``srs``."""

import warnings
import zipfile
from collections.abc import Sequence
from io import BytesIO
from xml.etree.ElementTree import ParseError

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.rows import Columns, Source, of_table

SUFFIXES = (".xlsx", ".xlsm")
_EXCEL_97 = bytes.fromhex("d0cf11e0a1b11ae1")
"""The first bytes of an .xls file."""
MOST_COLUMNS = 256
MOST_UNPACKED = 200_000_000
"""Bytes. A small archive may unpack to more than the memory holds."""

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
    """Return the rows of a sheet; without ``sheet``, of the first one.

    Raises:
        SettingsError: if the file is not an Excel file or lacks the sheet, or openpyxl is not installed.
    """
    try:
        import openpyxl  # noqa: PLC0415 - comes with the extra
    except ImportError:
        raise SettingsError(
            "Excel files need openpyxl, from the extra srs: pip install 'dcs-mirror[srs]'; "
            "or save the sheet as CSV"
        ) from None
    try:
        _refuse_bombs(name, content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which do not matter here
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
            title = _title(name, [each.title for each in book.worksheets], sheet)
            worksheet = book[title]
            worksheet.reset_dimensions()  # the size that the file states may be wrong
            rows = worksheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
            trimmed = ((number, _trimmed(row)) for number, row in enumerate(rows, start=1))
            cells = [(number, row) for number, row in trimmed if row]
    except _BROKEN as error:
        raise SettingsError(f"{name}: cannot be read as an Excel file ({type(error).__name__})") from None
    return of_table(name, cells, columns, read_as=f"Excel, sheet {title!r}")


def refuse_old(name: str, content: bytes) -> None:
    """Refuse a file in the format of Excel 97 (.xls), whatever its name.

    Raises:
        SettingsError: if it is such a file; says how to convert it.
    """
    if content.startswith(_EXCEL_97):
        raise SettingsError(f"{name}: is an old Excel file (.xls): save it as .xlsx, or as CSV")


def _title(name: str, titles: list[str], wanted: str | None) -> str:
    """Return the title of the sheet that is wanted, or of the first sheet.

    Raises:
        SettingsError: if there is no such sheet; names the sheets that there are.
    """
    for title in titles:
        if wanted in {None, title}:
            return title
    available = ", ".join(repr(each) for each in titles)
    raise SettingsError(f"{name}: there is no sheet {wanted!r}; the sheets are {available}")


def _trimmed(row: Sequence[object]) -> Sequence[object]:
    """Return a row without the empty cells at its end."""
    last = max((index for index, cell in enumerate(row) if cell is not None), default=-1)
    return row[: last + 1]


def _refuse_bombs(name: str, content: bytes) -> None:
    """Refuse an archive that would unpack to more than ``MOST_UNPACKED`` bytes."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise SettingsError(f"{name}: unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
