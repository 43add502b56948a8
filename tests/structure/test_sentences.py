"""Sentences for people need no second reading: none of those that did is left, and none is too long."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from dcs_mirror.cli import command
from tests.structure.sql_access import PACKAGE
from tests.support.pages import PAGES, REPOSITORY
from tests.support.sentences import prose, sentences, words

LONGEST = 32
"""How many words a sentence of the help and of the pages below may have; code is one word."""

SHORT = (
    "README",
    *(
        f"docs/{name}"
        for name in (
            "axcelerate",
            "downstream",
            "glossary",
            "installing",
            "links",
            "notifications",
            "operating",
            "releasing",
            "requests",
            "sandbox",
            "scale",
            "service",
            "students",
            "writing",
        )
    ),
)
"""The pages that people read while they work, so that each sentence must be understood at once."""

READ_TWICE = (
    "cannot be right",
    "what got no answer",
    "landed whole",
    "in the ones that it resumed",
    "in its turn as well",
    "what is alike in one",
    r"identif\w+ nothing",
)
NOT_SEARCHED = {"CONTRIBUTING.md"}  # its table has such sentences, and better ones

EXAMPLES = re.compile(r"\n\s*Examples?:|\x08")


def told() -> Iterator[tuple[str, str]]:
    """Return each text of the help with the command that it belongs to."""

    def walk(called: Any, name: str) -> Iterator[tuple[str, str]]:
        parameters = [getattr(parameter, "help", None) for parameter in called.params]
        for text in (called.help, called.epilog, *parameters):
            yield name, EXAMPLES.split(text or "")[0]
        for word, inner in getattr(called, "commands", {}).items():
            yield from walk(inner, f"{name} {word}")

    return walk(command(), "dcs-mirror")


@pytest.mark.parametrize("phrase", READ_TWICE)
def test_no_sentence_that_had_to_be_read_twice_is_left(phrase: str) -> None:
    pattern = re.compile(phrase.replace(" ", r"[\s\"#-]+"), re.IGNORECASE)
    pages = [page for page in PAGES if page.name not in NOT_SEARCHED]
    sources = [file for suffix in ("py", "sql", "html") for file in PACKAGE.rglob(f"*.{suffix}")]
    found = [
        file.relative_to(REPOSITORY).as_posix()
        for file in [*pages, REPOSITORY / "CHANGELOG.md", *sources]
        if pattern.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_sentence_of_the_help_is_long() -> None:
    texts = list(told())
    assert len(texts) > 200
    assert {
        name: sentence for name, text in texts for sentence in sentences(text) if words(sentence) > LONGEST
    } == {}


@pytest.mark.parametrize("name", SHORT)
def test_no_sentence_of_the_pages_for_work_is_long(name: str) -> None:
    found = sentences(prose((REPOSITORY / f"{name}.md").read_text(encoding="utf-8")))
    assert len(found) > 30
    assert [sentence for sentence in found if words(sentence) > LONGEST] == []


def test_words_and_sentences_are_counted_as_a_reader_would() -> None:
    text = "One `a b c` two: Three. If *so*, e.g. four; then\nfive.\n\n- six\n- seven"
    assert [words(sentence) for sentence in sentences(prose(text))] == [3, 1, 6, 1, 1]
