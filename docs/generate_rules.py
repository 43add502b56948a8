"""Fills the marked places of docs/rules.md with what implements and tests each rule; `make docs` runs it."""

import ast
import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from docs.generate_pipeline import STEPS, head, rules_in

DOCS = Path(__file__).parent
REPOSITORY = DOCS.parent
PAGE = DOCS / "rules.md"

NO_RULES = ("sandbox", "database")
"""Packages that cite rules without implementing them."""

_PLACE = re.compile(r"<!-- held by: (?P<rule>\w+) -->\n.*?<!-- end -->", re.DOTALL)
_NAMED = re.compile(r"test_((?:[wrsca]\d{1,2}_(?:to_)?)+)")
_RANGE = re.compile(r"([wrsca])(\d+)(?:_to_\1(\d+))?_")


def page() -> str:
    """Return the page with every place filled."""
    held = {
        "Steps": dict(_steps()),
        "Code": _by_rule(_functions()),
        "Scenarios": _by_rule(_scenarios()),
        "Tests": _by_rule(_tests()),
    }

    def filled(place: re.Match[str]) -> str:
        rule = place["rule"]
        lines = [f"- {kind}: {links}" for kind, by in held.items() if (links := by.get(rule))]
        body = ["", *lines, ""] if lines else []
        return "\n".join((f"<!-- held by: {rule} -->", *body, "<!-- end -->"))

    return _PLACE.sub(filled, PAGE.read_text(encoding="utf-8"))


def named_rules(test: str) -> list[str]:
    """Return the rules in a test's name: ``test_r1_to_r3_s1_…`` has R1, R2, R3 and S1."""
    named = _NAMED.match(test)
    if named is None:
        return []
    return [
        f"{letter.upper()}{number}"
        for letter, first, last in _RANGE.findall(named[1])
        for number in range(int(first), int(last or first) + 1)
    ]


def _steps() -> Iterator[tuple[str, str]]:
    """Yield the rules that the heads of SQL files cite, each with links to the files."""
    cited: dict[str, list[str]] = {}
    for file in sorted((REPOSITORY / "dcs_mirror").rglob("*.sql")):
        name = file.stem if file.is_relative_to(STEPS) else file.relative_to(REPOSITORY / "dcs_mirror")
        for rule in rules_in(head(file)):
            cited.setdefault(rule, []).append(_link(str(name), file))
    for rule, links in cited.items():
        yield rule, ", ".join(links)


def _functions() -> Iterator[tuple[str, Path, str]]:
    """Yield the rules that docstrings of the package's modules, classes and functions cite."""
    for file in sorted((REPOSITORY / "dcs_mirror").rglob("*.py")):
        if file.name == "__init__.py" or file.relative_to(REPOSITORY / "dcs_mirror").parts[0] in NO_RULES:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                for rule in rules_in(ast.get_docstring(node) or ""):
                    yield rule, file, getattr(node, "name", "")


def _tests() -> Iterator[tuple[str, Path, str]]:
    """Yield the rules that tests have in their names."""
    for file in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for rule in named_rules(node.name):
                    yield rule, file, node.name


def _scenarios() -> Iterator[tuple[str, Path, str]]:
    """Yield the rules that have scenarios."""
    if importlib.util.find_spec("tests.scenarios") is None:
        return
    index = importlib.import_module("tests.scenarios.index").index()
    for rule, title, file, _ in index:
        yield rule, REPOSITORY / "tests/scenarios" / file, title


def _by_rule(found: Iterable[tuple[str, Path, str]]) -> dict[str, str]:
    """Return links to the files by rule, with the number of citations in each if there are several."""
    files: dict[str, dict[Path, set[str]]] = {}
    for rule, file, name in found:
        files.setdefault(rule, {}).setdefault(file, set()).add(name)
    return {
        rule: ", ".join(
            _link(_short(file), file) + (f" ({len(names)})" if len(names) > 1 else "")
            for file, names in by_file.items()
        )
        for rule, by_file in files.items()
    }


def _short(file: Path) -> str:
    top, *rest = file.relative_to(REPOSITORY).parts
    return "/".join(rest if top == "dcs_mirror" else rest[-1:])


def _link(text: str, file: Path) -> str:
    return f"[{text}](../{file.relative_to(REPOSITORY).as_posix()})"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
