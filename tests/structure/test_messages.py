"""Messages of the program need no second reading: none of their sentences is too long."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.structure.sql_access import PACKAGE
from tests.support.sentences import sentences, words

LONGEST = 28
"""How many words a sentence of a message may have; code in backticks is one word, and so is a value."""

VALUE = "…"
"""What stands for a value that is known only when the program runs."""

FEWEST_WORDS = 4
"""A text with fewer words than this is a key, a heading or a fragment."""

# Statements and what browsers and the DCS read are not for people.
_FOR_MACHINES = re.compile(r"\s*(?:--|SELECT|WITH|INSERT|UPDATE|DELETE|DO|BEGIN|default-src)\b")
_RAISED = re.compile(r"(?:RAISE EXCEPTION|HINT =)\s+'((?:[^']|'')+)'")
_INLINE = re.compile(r"</?(?:a|abbr|b|bdi|code|em|i|span|strong|time)\b[^>]*>")


def in_code(source: str) -> Iterator[str]:
    """Return the texts of a module, as far as it knows them, without its docstrings."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return (text.replace("\n", "\n\n") for text in _texts(tree, docstrings))


def _texts(node: ast.AST, docstrings: set[int]) -> Iterator[str]:
    text = _known(node)
    if text is not None and id(node) not in docstrings:
        yield text
    for inner in _inner(node):
        yield from _texts(inner, docstrings)


def _known(node: ast.AST) -> str | None:
    """Return a constant or joined text with ``VALUE`` for what it does not know, or None."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_known(part) or VALUE for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            known = _known(left), _known(right)
            return None if known == (None, None) else "".join(part or VALUE for part in known)
    return None


def _inner(node: ast.AST) -> list[ast.AST]:
    """Return the nodes in a node, without the pieces of a text that ``_known`` joins."""
    match node:
        case ast.JoinedStr(values=parts):
            return [part.value for part in parts if isinstance(part, ast.FormattedValue)]
        case ast.BinOp(left=left, right=right) if _known(node) is not None:
            return [
                each for side in (left, right) for each in ([side] if _known(side) is None else _inner(side))
            ]
    return list(ast.iter_child_nodes(node))


def in_page(template: str) -> list[str]:
    """Return the texts of a template of the dashboard, each between two tags that end one."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", template, flags=re.DOTALL)
    text = _INLINE.sub("", re.sub(r"\{\{.*?\}\}", VALUE, text, flags=re.DOTALL))
    return re.split(r"<[^>]*>", text)


def in_sql(statements: str) -> list[str]:
    """Return what functions in SQL raise, and their hints."""
    return _RAISED.findall(statements)


READ = {"*.py": in_code, "*.html": in_page, "*.sql": in_sql}


def told(folder: Path, pattern: str) -> list[tuple[str, str]]:
    """Return the sentences for people in the files of a kind, each with its file."""
    return [
        (file.relative_to(folder).as_posix(), sentence)
        for file in sorted(folder.rglob(pattern))
        for text in READ[pattern](file.read_text(encoding="utf-8"))
        if len(re.findall(r"[a-z]{2,}", text)) >= FEWEST_WORDS and not _FOR_MACHINES.match(text)
        for sentence in sentences(text)
    ]


def test_no_sentence_of_a_message_is_long() -> None:
    found = {pattern: told(PACKAGE, pattern) for pattern in READ}
    assert len(found["*.py"]) > 1500
    assert len(found["*.html"]) > 100
    assert len(found["*.sql"]) > 5
    every = [pair for pairs in found.values() for pair in pairs]
    assert [pair for pair in every if words(pair[1]) > LONGEST] == []


def test_the_texts_of_a_module_are_found_as_people_read_them() -> None:
    source = (
        '"""A module."""\n'
        "def refuse(name, why):\n"
        '    """Refuse."""\n'
        "    raise Refused(\n"
        '        f"{name} is refused, "\n'
        '        f"because {why or \'nobody knows\'}. " + advice("ask again")\n'
        "    )\n"
    )
    assert list(in_code(source)) == [
        "… is refused, because …. …",
        "nobody knows",
        "ask again",
    ]
    assert in_page("<p>{% if x %}<b>{{ n }}</b> of{% endif %} all</p><p>more</p>") == [
        "",
        "… of all",
        "",
        "more",
        "",
    ]
    assert in_sql("RAISE EXCEPTION 'no % here', x USING HINT = 'Look.';") == ["no % here", "Look."]
