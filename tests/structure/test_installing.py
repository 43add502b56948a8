"""Who follows docs/installing.md from its top, and then a recipe of another page, finds all that it names.

Each path, user, account of the database and unit is made earlier in the same guide, or is a file of deploy/.
"""

import re
from pathlib import Path

import pytest

from tests.support.pages import DOCS, PAGES, REPOSITORY, UNITS, blocks

INSTALLING = DOCS / "installing.md"
RECIPES = [DOCS / name for name in ("operating.md", "service.md", "notifications.md", "students.md")]
ROLES = (REPOSITORY / "docker" / "roles.psql").read_text(encoding="utf-8")

# What Debian and systemd have, and what the text around a block asks to be there.
OF_THE_SYSTEM = {
    "/usr/local/bin",
    "/usr/local/bin/python",  # within the container
    "/usr/sbin/nologin",
    "/var/lib",
    "/etc/systemd/system",
    "/docker-entrypoint-initdb.d",  # within the container
    "/records",  # within the container
    "/srv/records",  # the registry's folder
}
_MADE = re.compile(
    r"git clone \S+ (/\S+)|python3 -m venv (/\S+)|^install -d .* (/\S+)$|> (/\S+)$|cat > (/\S+)", re.MULTILINE
)
_PATH = re.compile(r"(?<![\w/:.~}$%-])/[A-Za-z][\w./@%-]*")


def runnable(page: Path) -> str:
    """Return what a page has in its blocks for shell, cron and systemd, in their order."""
    if page in UNITS:
        return page.read_text(encoding="utf-8")
    return "\n".join(blocks(page.read_text(encoding="utf-8"), "sh", "cron", "ini"))


def lines_before(page: Path) -> list[tuple[str, str]]:
    """Return each line of a recipe with all that stands before it in the guide, and on it."""
    text = "" if page == INSTALLING else runnable(INSTALLING)
    found = []
    for line in runnable(page).splitlines():
        text += f"\n{line}"
        if not line.lstrip().startswith("#"):
            found.append((line, text))
    return found


def made_in(text: str) -> set[str]:
    """Return the files and folders that the lines of a guide make, with those that are there anyway."""
    return OF_THE_SYSTEM | {path for found in _MADE.findall(text) for path in found if path}


@pytest.mark.parametrize("page", [INSTALLING, *RECIPES, *UNITS], ids=lambda page: page.name)
def test_every_path_is_made_before_it_is_used(page: Path) -> None:
    missing = [
        (path, line)
        for line, before in lines_before(page)
        for path in _PATH.findall(line)
        if not any(path == made or path.startswith(f"{made}/") for made in made_in(before))
    ]
    assert missing == []


@pytest.mark.parametrize("page", [INSTALLING, *RECIPES, *UNITS], ids=lambda page: page.name)
def test_every_user_is_made_before_it_is_named(page: Path) -> None:
    for line, before in lines_before(page):
        users = {"root"} | set(re.findall(r"^useradd .* (\S+)$", before, re.MULTILINE))
        if re.search(r"apt-get install .*\bpostgresql\b", before):
            users.add("postgres")
        named = re.findall(r"(?:^|\s)(?:runuser -u|-[go]|chgrp|chown|crontab -u|User=)\s*([a-z][\w-]*)", line)
        assert set(named) <= users, line


def test_the_settings_can_be_read_by_the_user_of_the_units_and_by_no_other() -> None:
    text = runnable(INSTALLING)
    (user,) = set(re.findall(r"^User=(\S+)$", "\n".join(map(runnable, UNITS)), re.MULTILINE))
    for command in (
        f"install -d -m 750 -g {user} /etc/dcs-mirror",
        f"chgrp {user} /etc/dcs-mirror/.env",
        "chmod 640 /etc/dcs-mirror/.env",
    ):
        assert command in text
    assert text.index("umask 077") < text.index("> /etc/dcs-mirror/.env")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_account_of_the_database_is_made_before_it_is_named(page: Path) -> None:
    made = set(re.findall(r"\('(\w+)', '(?:LOGIN)?'\)", ROLES)) | {"dcs_serve", "postgres"}
    assert {"dcs_owner", "dcs_sync", "dcs_mirror_writer", "dcs_reader", "dcs_requester", "dcs_web"} <= made
    text = ""
    for block in blocks(page.read_text(encoding="utf-8"), "sh", "sql", "cron"):
        for line in block.splitlines():
            text += f"\n{line}"
            created = set(re.findall(r"CREATE ROLE (\w+)|readers add (\w+)", text)) | {("", "")}
            known = made | {name for pair in created for name in pair if name}
            named = re.findall(r"\bTO (\w+);|--(?:role|owner)=(\w+)|postgresql://(\w+)[:@]", line)
            assert {name for found in named for name in found if name} <= known, line


@pytest.mark.parametrize("page", [INSTALLING, *RECIPES], ids=lambda page: page.name)
def test_every_unit_is_in_deploy_or_in_a_recipe(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shipped = {unit.name for unit in UNITS}
    written = set(re.findall(r"`/etc/systemd/system/([\w@.-]+)`", (DOCS / "operating.md").read_text("utf-8")))
    script = "\n".join(blocks(text, "sh"))
    named = set(re.findall(r"\b(dcs-mirror[\w@-]*\.(?:service|timer|target))\b", script))
    assert {re.sub(r"@\d+", "@", name) for name in named} <= shipped | written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_is_installed_into_the_python_of_the_system(page: Path) -> None:
    """Debian 12 refuses that: "externally managed environment"."""
    guide = runnable(INSTALLING) if page == INSTALLING else ""
    for block in blocks(page.read_text(encoding="utf-8"), "sh"):
        guide = guide if page == INSTALLING else block
        for line in block.splitlines():
            assert "--break-system-packages" not in line
            if not re.search(r"\bpip3? install\b", line):
                continue
            (python,) = re.findall(r"^(\S*?)(?:/bin/pip|python3?(?: -m pip)?) ", line)
            if python == ".venv/bin/":
                continue  # `make` made it: CONTRIBUTING.md
            entered = re.search(r"python3 -m venv (\S+) && \. \1/bin/activate", block)
            assert entered or (python and f"python3 -m venv {python}\n" in guide), line


@pytest.mark.parametrize(
    ("heading", "commands"),
    {
        "Back up and restore": (
            "pg_dump --format=custom",
            "pg_restore --exit-on-error",
            "dcs-mirror restored",
        ),
        "Upgrade": ("git pull", "pip install --upgrade", "dcs-mirror migrate", "dcs-mirror doctor"),
        "First sync": ("dcs-mirror migrate", "dcs-mirror sync", "dcs-mirror doctor"),
        "Every night": ("systemctl enable --now dcs-mirror.timer",),
    }.items(),
)
def test_each_task_of_an_administrator_is_a_block(heading: str, commands: tuple[str, ...]) -> None:
    sections = re.split(r"^## ", INSTALLING.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (section,) = [text for text in sections if text.startswith(f"{heading}\n")]
    script = "\n".join(blocks(section, "sh"))
    for command in commands:
        assert command in script
