"""Split texts for people into sentences, and count their words."""

import re

_END = re.compile(r"(?<=[.!?:;])[)\"'*]*\s+(?=[\"'(*`\[]*[A-Z0-9`\[-])|\n\s*\n")


def prose(page: str) -> str:
    """Return a page of Markdown without its blocks, tables, headings, addresses and lists of links."""
    text = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(\||#|<a ).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"^.*\] ·.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"^\s*([-*]|\d+\.) ", "\n\n", text, flags=re.MULTILINE)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each on one line; a blank line ends one, too."""
    return [" ".join(found.split()) for found in _END.split(text) if found.strip()]


def words(sentence: str) -> int:
    """Return how many words a sentence has; code in backticks is one."""
    return len(re.sub(r"`[^`]*`", "code", sentence).split())
