"""An Excel file as cells: values, not formulas, of one sheet; needs the extra `srs`."""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.etree.ElementTree import ParseError

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.rows import Columns, Source, of_table

SUFFIXES = (".xlsx", ".xlsm")
MOST_COLUMNS = 256
MOST_UNPACKED = 500_000_000
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
            "Excel files need openpyxl: pip install 'dcs-mirror[srs]'; or save the sheet as CSV"
        ) from None
    try:
        _refuse_bombs(name, content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations that nobody needs here
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
            names = [each.title for each in book.worksheets]
            title = next((each for each in names if sheet in {None, each}), None)
            if title is None:
                raise SettingsError(
                    f"{name}: there is no sheet {sheet!r}; the sheets are "
                    + ", ".join(repr(each) for each in names)
                )
            found = book[title]
            found.reset_dimensions()  # what the file says of its size may be wrong
            cells: Iterator[tuple[int, Sequence[object]]] = enumerate(
                found.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1
            )
            return of_table(name, cells, columns, read_as=f"Excel, sheet {title!r}")
    except _BROKEN as error:
        raise SettingsError(f"{name}: is no Excel file that can be read ({type(error).__name__})") from None


def _refuse_bombs(name: str, content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise SettingsError(f"{name}: unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
