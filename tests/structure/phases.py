"""Which phases and steps of the reconciliation a use case runs, and in which order, by its source."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Mention(NamedTuple):
    """A phase that the source names; ``step`` is the one step of it that is run, None for all of them."""

    phase: str
    step: str | None


class Sources:
    """The modules of one package whose functions call each other."""

    def __init__(self, folder: Path) -> None:
        self._modules = {
            file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.py"))
        }

    def mentions(self, module: str, function: str) -> list[Mention]:
        """Return what a function names, in the order of the source, and at each call what is called.

        Branches count as run one after the other, and functions of other packages as naming nothing.
        """
        return list(self._within(module, self._function(module, function), (function,)))

    def _within(self, module: str, node: ast.AST, callers: tuple[str, ...]) -> Iterator[Mention]:
        if isinstance(node, ast.Subscript) and (phase := self._phase(module, node.value)):
            yield Mention(phase, ast.literal_eval(node.slice))
            return
        if isinstance(node, ast.Attribute | ast.Name) and (phase := self._phase(module, node)):
            yield Mention(phase, None)
            return
        for child in _in_order(node):
            yield from self._within(module, child, callers)
        if isinstance(node, ast.Call) and (called := self._called(module, node.func)):
            home, name = called
            assert name not in callers, f"{name} calls itself"
            yield from self._within(home, self._function(home, name), (*callers, name))

    def _phase(self, module: str, node: ast.AST) -> str | None:
        """Return the phase that an expression stands for: ``pipeline.LOCK``, or a constant that is one."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return node.attr if node.value.id == "pipeline" else None
        for each in self._modules[module].body:
            if isinstance(node, ast.Name) and isinstance(each, ast.Assign):
                (target,) = each.targets
                if isinstance(target, ast.Name) and target.id == node.id:
                    return self._phase(module, each.value) if isinstance(each.value, ast.Attribute) else None
        return None

    def _called(self, module: str, function: ast.expr) -> tuple[str, str] | None:
        """Return the home and the name of a called function of the package, None for any other."""
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            home, name = function.value.id, function.attr
        elif isinstance(function, ast.Name):
            home, name = module, function.id
            for each in ast.walk(self._modules[module]):
                if isinstance(each, ast.ImportFrom) and name in {alias.name for alias in each.names}:
                    home = (each.module or "").rpartition(".")[2]
        else:
            return None
        return (home, name) if home in self._modules and self._find(home, name) else None

    def _find(self, module: str, name: str) -> ast.AST | None:
        found = (each for each in self._modules[module].body if getattr(each, "name", None) == name)
        return next((each for each in found if not isinstance(each, ast.ClassDef)), None)

    def _function(self, module: str, name: str) -> ast.AST:
        function = self._find(module, name)
        assert function is not None, f"{module}.py has no function {name}"
        return function


def _in_order(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node in the order in which they are run."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        children.sort(key=lambda child: not isinstance(child, ast.comprehension))
    return children
