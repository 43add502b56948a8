"""The pages for people, the blocks of commands in them, and how those call the program."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
UNITS = sorted((REPOSITORY / "deploy" / "systemd").iterdir())

_PROGRAM = re.compile(r"(?:\S*/)?dcs-mirror")
_CRON = re.compile(r"^(?:[\d*/,-]+ +){5}", re.MULTILINE)
_ENDS = {"&&", "||", ";", "|", "(", ")", ">", ">>", "<", "&", "|&", ";;"}
_WITH_VALUE = {"--volume", "--env"}


def blocks(text: str, *languages: str) -> list[str]:
    """Return the blocks of a page that are fenced with one of these languages."""
    return re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def scripts(page: Path) -> list[str]:
    """Return a page's blocks of shell, and what its blocks for cron and systemd run, as shell."""
    text = page.read_text(encoding="utf-8")
    if page in UNITS:
        return ["\n".join(re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE))]
    cron = [_CRON.sub("", block).replace("\\%", "%") for block in blocks(text, "cron")]
    units = ["\n".join(re.findall(r"^ExecStart=(.*)$", block, re.MULTILINE)) for block in blocks(text, "ini")]
    return blocks(text, "sh") + cron + units


def calls(script: str) -> Iterator[list[str]]:
    """Return the arguments of each call of the program, also within ``$(…)`` and by Docker Compose."""
    lines = script.replace("\\\n", " ").splitlines()
    for line in lines:
        for inner in re.findall(r"\$\(([^()]*)\)", line):
            yield from calls(inner)
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:  # the line is a part of a quoted text
            continue
        yield from _calls(words)


def _calls(words: list[str]) -> Iterator[list[str]]:
    start = 0
    for place, word in enumerate([*words, ";"]):
        if word not in _ENDS:
            continue
        command = words[start:place]
        start = place + 1
        while command and re.match(r"\w+=", command[0]):
            command = command[1:]
        if command[:1] == ["runuser"]:
            command = command[command.index("--") + 1 :]
        if command and _PROGRAM.fullmatch(command[0]):
            yield command[1:]
        elif command[:2] == ["docker", "compose"] and "run" in command:
            arguments = _of_service(command[command.index("run") + 1 :])
            if arguments:
                yield arguments


def _of_service(words: list[str]) -> list[str]:
    """Return what follows the name of the service in a call of ``docker compose run``."""
    while words[0].startswith("-"):
        words = words[2 if words[0] in _WITH_VALUE else 1 :]
    return words[1:]
