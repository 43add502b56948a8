"""The outline of a sheet of .xlsx and .ods, from their XML. No I/O.

The parts are unpacked and bounded already. Document types, and so entities, are refused.
"""

from collections.abc import Callable, Mapping
from xml.parsers import expat

from dcs_mirror.students.outline import NOT_CALCULATED, Outline, Unreadable, part_of_target, relations_of

Attributes = dict[str, str]


def workbook_part(parts: Mapping[str, bytes]) -> str:
    """Return the name of the main part of an Office archive.

    Raises:
        Unreadable: if there is none.
    """
    for kind, target in _relations(parts, "").values():
        if kind.lower().endswith("/officedocument"):
            name = part_of_target("", target)
            if name in parts:
                return name
    for name in ("xl/workbook.xml", "xl/workbook.bin"):
        if name in parts:
            return name
    raise Unreadable("the archive has no workbook")


def of_xlsx(parts: Mapping[str, bytes], workbook: str, title: str) -> Outline:
    """Return the outline of a sheet of an .xlsx file.

    Raises:
        Unreadable: if its parts are not there, or are not XML.
    """
    references: dict[str, str] = {}
    are_values_out_of_date = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal are_values_out_of_date
        if name == "sheet":
            reference = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            references[attributes.get("name", "")] = reference
        elif name == "calcPr":
            # Programs that write formulas do not calculate them: they leave 0, or what a template had.
            are_values_out_of_date = (
                _is_true(attributes.get("fullCalcOnLoad")) or attributes.get("calcCompleted") in _FALSE
            )

    parse(parts[workbook], start)
    sheet = sheet_part(parts, workbook, references.get(title, ""))
    return _XlsxSheet(is_calculated=not are_values_out_of_date).read(sheet)


def sheet_part(parts: Mapping[str, bytes], workbook: str, reference: str) -> bytes:
    """Return the part that a reference of the workbook leads to.

    Raises:
        Unreadable: if there is none.
    """
    _, target = _relations(parts, workbook).get(reference, ("", ""))
    found = parts.get(part_of_target(workbook, target)) if target else None
    if found is None:
        raise Unreadable("the workbook lacks the part with the sheet")
    return found


def of_ods(parts: Mapping[str, bytes]) -> list[Outline]:
    """Return the outlines of all sheets of an .ods file.

    Raises:
        Unreadable: if it has no contents, or they are not XML.
    """
    if "content.xml" not in parts:
        raise Unreadable("the archive has no contents")
    return _OdsSheets().read(parts["content.xml"])


def parse(
    content: bytes,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda _: None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse XML; call ``start`` and ``end`` with the name of each element, without its prefix.

    Raises:
        Unreadable: if it is not XML, or has a document type.
    """

    def refuse(*_: object) -> None:
        raise Unreadable("a part has a document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, OverflowError, LookupError) as error:
        raise Unreadable(f"a part is not as it must be: {error}") from None


def _relations(parts: Mapping[str, bytes], part: str) -> dict[str, tuple[str, str]]:
    """Return the kinds and targets of the relations of a part, by their ids."""
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            found[attributes.get("Id", "")] = (attributes.get("Type", ""), attributes.get("Target", ""))

    relations = parts.get(relations_of(part))
    if relations is not None:
        parse(relations, start)
    return found


class _XlsxSheet:
    """Reads the XML of a sheet of .xlsx.

    Without ``is_calculated``, the workbook says that the results of its formulas are out of date.
    """

    def __init__(self, *, is_calculated: bool) -> None:
        self._is_calculated = is_calculated
        self._outline = Outline("xlsx")
        self._row = 0
        self._column = -1
        self._is_error = self._is_text = self._is_formula = self._is_value = False
        self._text: list[str] = []

    def read(self, content: bytes) -> Outline:
        """Return the outline."""
        parse(content, self._start, self._end, self._characters)
        self._outline.hidden.sort()
        return self._outline

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            reference = attributes.get("r", "")
            self._column = _column(reference) if reference else self._column + 1
            self._is_error = attributes.get("t") == "e"
            self._is_text = attributes.get("t") == "str"
            self._is_formula = False
            self._text = []
        elif name in {"v", "is", "f"}:
            self._outline.reach(self._row, self._column)
            self._is_value = name == "v"
            self._is_formula = self._is_formula or name == "f"
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1
            if _is_true(attributes.get("hidden")) or float(attributes.get("ht", "1")) == 0:
                self._outline.hide(self._row, self._row)
        elif name == "col" and (
            _is_true(attributes.get("hidden")) or float(attributes.get("width", "1")) == 0
        ):
            self._outline.hide_columns(int(attributes["min"]) - 1, int(attributes["max"]) - 1)

    def _end(self, name: str) -> None:
        if name == "v":
            self._is_value = False
        elif name == "c" and (self._is_error or self._is_formula):
            text = "".join(self._text)
            if self._is_error:
                self._outline.errors[self._row, self._column] = text or "#N/A"
            elif not self._is_calculated or (not text and not self._is_text):
                self._outline.errors[self._row, self._column] = NOT_CALCULATED

    def _characters(self, text: str) -> None:
        if self._is_value:
            self._text.append(text)


class _OdsSheets:
    """Reads the XML of all sheets of .ods."""

    def __init__(self) -> None:
        self._found: list[Outline] = []
        self._outline = Outline("ods")
        self._is_within = False
        self._row, self._rows = 0, 1
        self._column, self._columns = 0, 1
        self._next_column = 0
        self._is_error = False
        self._text: list[str] = []

    def read(self, content: bytes) -> list[Outline]:
        """Return the outlines, in the order of the sheets."""
        parse(content, self._start, self._end, self._characters)
        return self._found

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "table":
            self._is_within = True
            self._outline = Outline("ods")
            self._found.append(self._outline)
            self._row, self._rows, self._next_column = 0, 1, 0
        if not self._is_within:
            return
        if name in {"table-cell", "covered-table-cell"}:
            self._column = self._next_column
            self._columns = int(_attribute(attributes, "number-columns-repeated") or 1)
            self._next_column += self._columns
            if any(key.endswith((":value-type", ":formula")) for key in attributes):
                self._outline.reach(self._row + self._rows - 1, self._column + self._columns - 1)
            # Calc writes truth values of other formats as the formulas TRUE() and FALSE() with a number.
            is_truth = (_attribute(attributes, "formula") or "").rpartition("=")[2] in {"TRUE()", "FALSE()"}
            self._is_error = attributes.get("calcext:value-type") == "error" or is_truth
            self._text = []
        elif name == "table-row":
            self._row += self._rows if self._row else 1
            self._rows = int(_attribute(attributes, "number-rows-repeated") or 1)
            self._next_column = 0
            if _attribute(attributes, "visibility") in {"collapse", "filter"}:
                self._outline.hide(self._row, self._row + self._rows - 1)
        elif name == "table-column":
            repeated = int(_attribute(attributes, "number-columns-repeated") or 1)
            if _attribute(attributes, "visibility") in {"collapse", "filter"}:
                self._outline.hide_columns(self._next_column, self._next_column + repeated - 1)
            self._next_column += repeated

    def _end(self, name: str) -> None:
        if name == "table":
            self._is_within = False
        elif self._is_within and self._is_error and name in {"table-cell", "covered-table-cell"}:
            self._is_error = False
            if self._rows * self._columns <= 1_000:
                for row in range(self._row, self._row + self._rows):
                    for column in range(self._column, self._column + self._columns):
                        self._outline.errors[row, column] = "".join(self._text) or "#N/A"
            else:
                raise Unreadable("an error is repeated in too many cells")

    def _characters(self, text: str) -> None:
        if self._is_within and self._is_error:
            self._text.append(text)


def _attribute(attributes: Attributes, name: str) -> str | None:
    """Return an attribute of the tables' namespace, whatever its prefix."""
    return attributes.get(f"table:{name}")


_FALSE = frozenset({"0", "false", "off"})


def _is_true(value: str | None) -> bool:
    return value in {"1", "true", "on"}


def _column(reference: str) -> int:
    """Return the position of a column, given a cell's reference such as ``AB7``."""
    found = 0
    for letter in reference.upper():
        if not "A" <= letter <= "Z":
            break
        found = 26 * found + ord(letter) - ord("A") + 1
    return found - 1
