"""Lists of links over HTTP, answered as the command does, within the account's institutions."""

import csv
import io
import time
from pathlib import Path

import aiohttp
import pytest

from dcs_mirror.database.connections import Connection
from tests.support.command import CommandLine
from tests.support.linked import KEYS, link, linked
from tests.support.readings import HEI
from tests.support.serving import Answered, Service, account, serving


@pytest.fixture
async def dcs_mirror(tmp_path: Path, database: str, connection: Connection) -> CommandLine:
    return await linked(tmp_path, database, connection)


async def _post(
    service: Service,
    body: bytes,
    kind: str = "application/json",
    *,
    query: str = "",
    of: tuple[str, str] | None = None,
    **headers: str,
) -> Answered:
    name, secret = of or (service.account, service.secret)
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    sent |= {"Content-Type": kind, "Authorization": aiohttp.encode_basic_auth(name, secret)}
    async with service.session.post(
        f"{service.address}/links{query}", data=io.BytesIO(body), headers=sent
    ) as response:
        content = await response.read()
        is_json = "json" in response.headers["Content-Type"]
        return Answered(
            response.status,
            response.headers,
            content,
            await response.json(content_type=None) if is_json else None,
        )


async def test_a_list_is_answered_as_the_command_answers_it(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    await connection.execute(
        "INSERT INTO dcs_mirror.institution (hei_id, name, subscribed, first_seen_at, changed_at)"
        " VALUES (7, 'Other', true, now(), now())"
    )
    elsewhere = await account(dcs_mirror, "elsewhere", "--hei", "7")
    lines = f"{link(10)}\n\n12\nhttps://proxy.x.ac.uk/login?url={link(11)}, see\n=1+1\n"
    said = await dcs_mirror("links", "check", "-", "--json", typed=lines)
    table = f"Title;URL\r\nCaf\xe9;{link(10)}\r\n=cmd();{link(12)}\r\n".encode("cp1252")
    (dcs_mirror.folder / "list.csv").write_bytes(table)
    process = await dcs_mirror.by_itself().start("links", "check", "list.csv", "--csv")
    printed, _ = await process.communicate()
    async with serving(dcs_mirror) as service:
        plain = await _post(service, lines.encode(), "text/plain; charset=utf-8")
        assert (plain.status, plain.headers["Content-Type"]) == (200, "application/json")
        assert plain.json == said.json
        named = await _post(service, b'{"links": ["%b", 12, "", "x"]}' % link(10).encode())
        assert [list(row) for row in named.json["links"]] == [KEYS] * 4
        assert [(row["line"], row["why_not"]) for row in named.json["links"]] == [
            (1, None),
            (2, "removed"),
            (3, "unknown"),
            (4, "unknown"),
        ]
        both = await _post(service, table, "text/csv", Accept="text/csv, application/json;q=0.5")
        assert both.headers["Content-Type"] == "text/csv; charset=windows-1252"
        assert both.body == printed
        assert [row[:2] for row in csv.reader(io.StringIO(both.body.decode("cp1252")), delimiter=";")][2] == [
            "'=cmd()",
            link(12),
        ]
        # Of other institutions nothing is known, whoever names them.
        other = await _post(service, b'{"links": ["12", "%d/12"]}' % HEI, of=elsewhere)
        assert {row["why_not"] for row in other.json["links"]} == {"unknown"}
        assert {row["hei_id"] for row in other.json["links"]} == {None}
        assert (await _post(service, b'{"links": []}', query=f"?hei={HEI}", of=elsewhere)).status == 404
        wrong: dict[tuple[bytes, str, str], int] = {
            (b"[1", "application/json", ""): 400,
            (b'{"links": "x"}', "application/json", ""): 400,
            (b'{"links": [[]]}', "application/json", ""): 400,
            (b"[" * 100_000, "application/json", ""): 400,
            (b"\xff\xfe\x00", "text/csv", ""): 400,
            (b"PK\x03\x04" + b"\0" * 50, "text/csv", ""): 400,
            (b"a,b\n1,2\n", "text/csv", "?column=URL"): 400,
            (b"12", "text/plain", "?hei=x"): 400,
            (b"12", "text/plain", "?row=1"): 400,
            (b"12", "application/xml", ""): 415,
            (b"x" * (16 * 2**20 + 1), "text/plain", ""): 413,
            (b"1\n" * 150_001, "text/plain", ""): 413,
        }
        found = {asked: (await _post(service, *asked[:2], query=asked[2])).status for asked in wrong}
        assert found == wrong


@pytest.mark.long
async def test_a_hundred_thousand_links_take_seconds_and_hold_up_nobody(dcs_mirror: CommandLine) -> None:
    async with serving(dcs_mirror) as service:
        body = "\n".join(link(10 + number % 90) for number in range(100_000)).encode()
        began = time.monotonic()
        answer = await _post(service, body, "text/plain")
        assert len(answer.json["links"]) == 100_000
        assert time.monotonic() - began < 20
