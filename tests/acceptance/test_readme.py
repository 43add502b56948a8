"""What README.md and docs/ tell people to type works, and names what exists."""

import asyncio
import configparser
import os
import re
import shlex
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import pytest
from typer.main import get_command

from dcs_mirror.cli import EXIT_CODES, app
from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Credentials, RunningSandbox, build_world, running_sandbox
from dcs_mirror.settings import FILE_SETTINGS, Settings
from tests.support.command import Finished
from tests.support.pages import blocks

Name: TypeAlias = tuple[str, ...]

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
OPERATING_PAGE = REPOSITORY / "docs" / "operating.md"
OPERATING = OPERATING_PAGE.read_text(encoding="utf-8")
COMPOSE = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
PAGES = sorted([REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *(REPOSITORY / "docs").glob("*.md")])


def commands(command: object, name: Name = ()) -> Iterator[tuple[Name, set[str]]]:
    """Everything that can be called: its name's words, and its options."""
    below: dict[str, object] = getattr(command, "commands", {})
    if not name or not below or getattr(command, "invoke_without_command", False):
        parameters: list[object] = getattr(command, "params", [])
        yield (
            name,
            {"--help"}.union(
                *(
                    getattr(parameter, kind, ())
                    for parameter in parameters
                    for kind in ("opts", "secondary_opts")
                )
            ),
        )
    for word, inner in below.items():
        yield from commands(inner, (*name, word))


COMMANDS = dict(commands(get_command(app)))

# The environment is there already when this test runs; the demo and the tests have tests of their own.
NOT_RUN = ("make ", "python3 -m venv ", "python3 -m pip ")


SHELL = [line for block in blocks(README, "sh") for line in block.splitlines()]


def exported(name: str) -> str:
    """The value that the README gives to a variable."""
    (value,) = re.findall(rf"^export {name}=(.*)$", README, re.MULTILINE)
    return shlex.split(value)[0]


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """The world of a plain `dcs-mirror sandbox`, with the README's credentials."""
    credentials = Credentials(exported("DCS_API_USERNAME"), exported("DCS_API_PASSWORD"))
    async with running_sandbox(build_world(), credentials=credentials) as running:
        yield running


async def bash(script: str, environment: dict[str, str]) -> Finished:
    """A script run by bash, which stops at the first command that fails."""
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-ec",
        script,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())


async def test_the_readme_runs_from_the_first_sync_to_the_change_feed(
    sandbox: RunningSandbox, database: str, connection: Connection, tmp_path: Path
) -> None:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "DCS_API_URL": sandbox.base_url,
        "DCS_DATABASE_URL": database,
    }
    lines = [line for line in SHELL if not line.startswith(NOT_RUN)]
    exports = [line for line in lines if line.startswith("export ")]
    registering = next(n for n, line in enumerate(lines) if "targets add" in line)
    finished = await bash("\n".join(lines[:registering]), environment)
    assert finished.code == 0, finished
    # The sync, two refreshes in words, and one in JSON.
    assert finished.out.count("complete: ") == 3
    assert finished.out.count('"run_id"') == 1

    # Two systems' tables, each with last year's id of an item, and today's of another.
    for table in ("reading_list", "stored_link"):
        await connection.execute(
            f"CREATE TABLE {table} (hei_id integer, request_id bigint);"
            f"INSERT INTO {table} VALUES (108, 2396577), (108, 2400002);"
            f"GRANT SELECT ON {table} TO dcs_reader"
        )
    (tmp_path / "numbers.csv").write_text("Course code,Students\nR&D6,41\n", encoding="utf-8")
    finished = await bash("\n".join(exports + lines[registering:]), environment)
    assert finished.code == 0, finished
    assert "R&D6" in finished.out
    assert "public.reading_list.request_id" in finished.out
    assert "2396577 -> 2400830" in finished.out
    assert (tmp_path / "flags.csv").read_text(encoding="utf-8-sig").startswith("flag_id,hei_id,licence_year")

    await connection.execute("SET ROLE dcs_reader")
    kept = await connection.fetch("SELECT request_id FROM reading_list ORDER BY request_id")
    assert [row["request_id"] for row in kept] == [2400002, 2400830]
    items, outdated, changes = [await connection.fetch(query) for query in blocks(README, "sql")]
    assert items
    assert all(row["content_url"] for row in items)
    assert [tuple(row) for row in outdated] == [(2396577, 2400830)]
    assert len(changes) == 1000


async def test_the_queries_for_the_operator_can_be_asked_by_readers(connection: Connection) -> None:
    await connection.execute("SET ROLE dcs_reader")
    queries = [block for block in blocks(OPERATING, "sql") if block.startswith("SELECT")]
    assert queries
    for query in queries:
        assert await connection.fetch(query) == []


def test_the_timers_name_what_the_installation_makes() -> None:
    installing = (REPOSITORY / "docs" / "installing.md").read_text(encoding="utf-8")
    service, timer = [configparser.ConfigParser(interpolation=None) for _ in range(2)]
    for unit, text in zip((service, timer), blocks(OPERATING, "ini"), strict=True):
        unit.read_string(text)
    assert timer["Timer"]["Persistent"] == "true"
    job = service["Service"]
    jobs = [line for block in blocks(OPERATING, "cron") for line in block.splitlines() if "/opt/" in line]
    assert jobs
    assert all(f"cd {job['WorkingDirectory']} && " in line for line in jobs)
    for program in (job["ExecStart"].split()[0], *(line.split(" && ")[1].split()[0] for line in jobs)):
        assert f"-t /usr/local/bin {program}\n" in installing
    assert f"-g {job['User']} {job['WorkingDirectory']}\n" in installing
    (user,) = [line for line in installing.splitlines() if line.startswith("useradd ")]
    assert user.endswith(f" {job['User']}")


def test_every_make_target_of_the_pages_exists() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_extra_that_the_readme_installs_exists() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    (installed,) = [line for line in SHELL if "pip install" in line]
    (extra,) = re.findall(r"\.\[(\w+)\]", installed)
    assert extra in project["optional-dependencies"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_that_a_page_names_exists(page: Path) -> None:
    for words in called(page.read_text(encoding="utf-8")):
        name = known(words)
        assert name or words[0].startswith("-"), words
        named = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert named <= COMMANDS[name], words


def test_every_command_is_documented() -> None:
    docs = REPOSITORY / "docs"
    names = (
        "downstream.md",
        "axcelerate.md",
        "writing.md",
        "students.md",
        "service.md",
        "links.md",
        "requests.md",
    )
    pages = (REPOSITORY / "README.md", OPERATING_PAGE, *(docs / name for name in names))
    told = {known(words) for page in pages for words in called(page.read_text(encoding="utf-8"))}
    assert {("sync",), ("flags",), ("flags", "ack"), ("db", "stop")} <= set(COMMANDS)
    assert set(COMMANDS) - {()} - told == set()


def test_the_exit_codes_are_those_that_the_command_line_tells() -> None:
    in_readme = re.findall(r"^\| (\d+) \|", README, re.MULTILINE)
    assert in_readme == re.findall(r"(?:^|; |: )(\d+) ", EXIT_CODES)


def test_the_settings_table_holds_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| (`DCS_[^|]*) \|[^|]*\| ([^|]*) \|$", OPERATING, re.MULTILINE)
    told = {name: default for names, default in rows for name in re.findall(r"`(DCS_\w+)`", names)}
    assert set(told) == {f"DCS_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, str | int | float):
            default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert told[f"DCS_{name.upper()}"].strip("`") == default


def test_compose_sets_only_what_is_a_setting() -> None:
    known = {f"DCS_{name.upper()}" for name in Settings.model_fields}
    known |= {f"DCS_{name.upper()}_FILE" for name in FILE_SETTINGS}
    assert set(re.findall(r"\b(DCS_\w+):", COMPOSE)) <= known


def test_compose_mounts_every_secret_that_the_page_makes_and_no_other() -> None:
    declared = set(re.findall(r"file: \./secrets/(\w+)", COMPOSE))
    assert declared == set(re.findall(r"> secrets/(\w+)", OPERATING))
    named = set(re.findall(r"/run/secrets/(\w+)", COMPOSE))
    accounts = (REPOSITORY / "docker" / "roles.sh").read_text(encoding="utf-8")
    assert named | set(re.findall(r"\$secrets/(\w+)", accounts)) == declared


def test_the_image_copies_only_what_its_ignore_file_lets_through() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    let_through = re.findall(r"^!(\S+)$", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(name for line in copied for name in line.split()) == sorted(let_through)
    assert all((REPOSITORY / name).exists() for name in let_through)


def test_the_image_has_what_student_numbers_in_excel_files_need() -> None:
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    locked = (REPOSITORY / "requirements-runtime.lock").read_text()
    needed = {re.split("[<>=~ ]", requirement)[0] for requirement in extras["srs"]}
    assert needed
    assert needed <= set(re.findall(r"^([\w-]+)==", locked, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8"))
    for target, anchor in links:
        file = page.parent / unquote(target) if target else page
        assert file.exists(), target
        if anchor:
            text = file.read_text(encoding="utf-8")
            headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}
            assert anchor in anchors.union(re.findall(r'^<a id="([^"]+)"></a>$', text, re.MULTILINE))


def called(page: str) -> list[list[str]]:
    """How a page calls `dcs-mirror`: the words that follow, up to a comment or another command."""
    # After -u, -g and chgrp it is the name of the user.
    found = re.findall(
        r"(?<!-u )(?<!-g )(?<!chgrp )\bdcs-mirror((?: +[^\s|&;>#)]+)+)", "\n".join(_code(page))
    )
    return [words.split() for words in found]


def known(words: list[str]) -> Name:
    """The longest name of a command that begins a call; empty where none does."""
    return max((name for name in COMMANDS if tuple(words[: len(name)]) == name), key=len)


def _code(page: str) -> list[str]:
    """What a page sets as code: fenced blocks, and spans within a line."""
    block = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return block.findall(page) + re.findall(r"`([^`\n]+)`", block.sub("", page))
