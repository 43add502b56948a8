"""`dcs-mirror links check`: what a librarian sees of a list of links."""

import csv
import io
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from tests.support.command import CommandLine, command_line
from tests.support.linked import KEYS, link, linked
from tests.support.readings import HEI


@pytest.fixture
async def dcs_mirror(tmp_path: Path, database: str, connection: Connection) -> CommandLine:
    return await linked(tmp_path, database, connection)


async def test_a_list_is_answered_line_by_line(dcs_mirror: CommandLine) -> None:
    text = f"{link(10)}\n\n12\nhttps://proxy.x.ac.uk/login?url={link(11)}\n=1+1\n"
    finished = await dcs_mirror("links", "check", "-", "--json", typed=text)
    assert (finished.code, list(finished.json)) == (1, ["links"])
    rows = finished.json["links"]
    assert [list(row) for row in rows] == [KEYS] * 4
    assert [(r["line"], r["request_id"], r["why_not"], bool(r["since"])) for r in rows] == [
        (1, 10, None, False),
        (3, 12, "removed", True),
        (4, 11, None, False),
        (5, None, "unknown", False),
    ]
    assert "one link a line" in finished.err
    (dcs_mirror.folder / "list.txt").write_text(text)
    shown = await dcs_mirror("links", "check", "list.txt")
    assert shown.code == 1
    assert "2026-03-03" in shown.out
    assert shown.out.endswith("4 links: 2 openable, 1 removed, 1 unknown\n")
    copied, longer = "https://lists.example.ac.uk/" + 160 * "a", "x" + 200 * "b"
    (dcs_mirror.folder / "list.txt").write_text(f"{copied}\n{longer}\n")
    shown = await dcs_mirror("links", "check", "list.txt")
    assert [line.split()[-1] for line in shown.out.splitlines()[1:3]] == [copied, f"...{197 * 'b'}"]
    (dcs_mirror.folder / "list.txt").write_text(link(10))
    opened = await dcs_mirror("links", "check", "list.txt", "--hei", str(HEI))
    assert (opened.code, opened.out) == (0, "1 link: 1 openable\n")


async def test_a_table_comes_back_with_all_its_columns(dcs_mirror: CommandLine) -> None:
    rows = [
        ["Title", "URL"],
        ["Caf\xe9; =1", link(10)],
        ["=cmd()", link(12)],
        ["@x", ""],
        ["-5", "+1 \u20ac"],
    ]
    for encoding in ("cp1252", "utf-16", "utf-8"):
        written = io.StringIO()
        csv.writer(written, delimiter=";").writerows(rows)
        (dcs_mirror.folder / "list.csv").write_bytes(written.getvalue().encode(encoding))
        process = await dcs_mirror.by_itself().start("links", "check", "list.csv", "--csv")
        out, err = await process.communicate()
        assert process.returncode == 1, err
        assert b"column 'URL'" in err
        assert out.startswith(b"\xff\xfe") == (encoding == "utf-16")
        head, *body = csv.reader(io.StringIO(out.decode(encoding), newline=""), delimiter=";")
        assert head == ["Title", "URL", *KEYS[2:]]
        assert [row[:2] for row in body] == [
            ["Caf\xe9; =1", link(10)], ["'=cmd()", link(12)], ["'@x", ""], ["-5", "'+1 \u20ac"],
        ]  # fmt: skip
        assert [row[5:7] for row in body] == [["true", ""], ["false", "removed"], ["", ""], ["", "unknown"]]
        assert body[1][7] == "2026-03-03 02:00:00"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list.csv", "--column", "Link"), "there is no column 'Link'; the columns are 'Title', 'URL'"),
        (("none.csv",), "none.csv: cannot be read: No such file or directory"),
        (("broken.csv",), "is not text in UTF-8"),
        (("list.csv", "--csv", "--json"), "give --csv or --json, not both"),
        (("list.csv", "--hei", "0"), "--hei"),
    ],
)
async def test_what_cannot_be_done_is_said_with_code_2(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "list.csv").write_text(f"Title,URL\na,{link(10)}\n")
    (tmp_path / "broken.csv").write_bytes(b"ab\x00c\n")
    finished = await command_line(tmp_path)("links", "check", *arguments)
    assert (finished.code, finished.out) == (2, "")
    assert told in finished.err
