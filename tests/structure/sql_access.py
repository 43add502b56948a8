"""What SQL reads and writes, as PostgreSQL's own parser sees it."""

import ast as python
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pglast import ast, parse_sql
from pglast.parser import ParseError
from pglast.visitors import Visitor

from dcs_mirror.database import sql

PACKAGE = Path(sql.__file__).parents[1]
REPOSITORY = PACKAGE.parent

_NO_STATEMENT_FILES = {
    "schema/queue.sql",
    "schema/no_queue.sql",
    "schema/tables.sql",
    "reconcile/staging.sql",
    "downstream/views.sql",
    "downstream/functions.sql",
    "downstream/refreshes.sql",
}
_SYSTEM_SCHEMAS = ("pg_catalog", "information_schema")
_COMMAND = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|TRUNCATE|LOCK|COPY)\b")


@dataclass(frozen=True)
class Access:
    """The tables and views that a text of SQL reads and writes; temporary ones without a schema."""

    reads: frozenset[str]
    writes: frozenset[str]


class _Relations(Visitor):
    """Collects the relations of a statement, apart from CTEs and the system's catalogue."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[ast.RangeVar] = []
        self.targets: list[ast.RangeVar] = []
        self.ctes: set[str] = set()

    def visit_RangeVar(self, _ancestors: object, node: ast.RangeVar) -> None:  # noqa: N802 - pglast's name
        self.all.append(node)

    def visit_CommonTableExpr(self, _ancestors: object, node: ast.CommonTableExpr) -> None:  # noqa: N802
        self.ctes.add(str(node.ctename))

    def _written(self, _ancestors: object, node: ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt) -> None:
        if node.relation is not None:
            self.targets.append(node.relation)

    visit_InsertStmt = visit_UpdateStmt = visit_DeleteStmt = visit_CopyStmt = _written  # noqa: N815

    def visit_TruncateStmt(self, _ancestors: object, node: ast.TruncateStmt) -> None:  # noqa: N802
        self.targets += node.relations or ()

    def names(self, nodes: list[ast.RangeVar]) -> frozenset[str]:
        return frozenset(filter(None, map(self._name, nodes)))

    def _name(self, node: ast.RangeVar) -> str | None:
        name = str(node.relname)
        if node.schemaname:
            return None if node.schemaname in _SYSTEM_SCHEMAS else f"{node.schemaname}.{name}"
        return None if name in self.ctes or name.startswith("pg_") else name


def access(text: str) -> Access:
    """Return what statements read and write.

    The target of an INSERT, UPDATE or DELETE counts as written, not as read.

    Raises:
        ParseError: if ``text`` is not SQL.
    """
    found = _Relations()
    found(parse_sql(text))
    read = [node for node in found.all if not any(node is target for target in found.targets)]
    return Access(found.names(read), found.names(found.targets))


class _Calls(Visitor):
    """Collects the calls of functions, with the texts among their arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []

    def visit_FuncCall(self, _ancestors: object, node: ast.FuncCall) -> None:  # noqa: N802 - pglast's name
        texts = _Texts()
        texts(node)
        self.found.append((str((node.funcname or ())[-1].sval), texts.found))


class _Texts(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def visit_A_Const(self, _ancestors: object, node: ast.A_Const) -> None:  # noqa: N802 - pglast's name
        if isinstance(node.val, ast.String):
            self.found.append(str(node.val.sval))


def calls(text: str) -> list[tuple[str, list[str]]]:
    """Return the functions that statements call, each with the text constants among its arguments."""
    visitor = _Calls()
    visitor(parse_sql(text))
    return visitor.found


@cache
def all_statements() -> tuple[tuple[Path, str], ...]:
    """Return every statement of the package with its file."""
    files = [(file, sql.load(file).text) for file in statement_files()]
    modules = sorted(PACKAGE.rglob("*.py"))
    return (*files, *((module, text) for module in modules for text in python_statements(module)))


def statement_files() -> list[Path]:
    """Return every file that ``database/sql.py`` loads."""
    return [
        file
        for file in sorted(PACKAGE.rglob("*.sql"))
        if not file.name.endswith((".role.sql", ".grants.sql"))
        and file.relative_to(PACKAGE).as_posix() not in _NO_STATEMENT_FILES
    ]


def python_statements(file: Path) -> Iterator[str]:
    """Yield every string of a module that is SQL.

    Strings that are put together of constants count as a whole; what else stands in an f-string, and a name
    that is not a constant of the module, counts as a parameter.
    """
    tree = python.parse(file.read_text(encoding="utf-8"))
    constants: dict[str, str] = {}
    for assignment in tree.body:
        match assignment:
            case python.Assign(targets=[python.Name(id=name)], value=value):
                if (text := _text(value, constants)) is not None:
                    constants[name] = text
    inner = {
        id(part)
        for node in python.walk(tree)
        if isinstance(node, python.BinOp | python.JoinedStr)
        for part in python.walk(node)
        if part is not node
    }
    for node in python.walk(tree):
        if not isinstance(node, python.expr) or isinstance(node, python.Name) or id(node) in inner:
            continue
        text = _text(node, constants)
        if text is not None and _COMMAND.search(text) and _is_sql(text):
            yield text


def _text(node: python.expr, constants: dict[str, str]) -> str | None:
    match node:
        case python.Constant(value=str(text)):
            return text
        case python.Name(id=name):
            return constants.get(name)
        case python.JoinedStr(values=values):
            return "".join(_text(value, constants) or "$1" for value in values)
        case python.BinOp(left=left, op=python.Add(), right=right):
            parts = _text(left, constants), _text(right, constants)
            return None if None in parts else "".join(part or "" for part in parts)
    return None


def _is_sql(text: str) -> bool:
    try:
        parse_sql(text)
    except ParseError:
        return False
    return True
