"""Permanent links for readers, and the change feed for programs without a database."""

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import encode_basic_auth

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from dcs_mirror.web.common_headers import COMMON
from tests.support.command import command_line
from tests.support.control import control
from tests.support.running import sync
from tests.support.serving import Answered, Service, account, mirrored, serving


async def _go(service: Service, path: str, **headers: str) -> Answered:
    """Follow a permanent link to where it leads, and no further; without an account."""
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    async with service.session.get(
        f"{service.address}/go/{path}", headers=sent, allow_redirects=False
    ) as response:
        return Answered(response.status, response.headers, await response.read(), None)


async def test_a_permanent_link_leads_to_the_item_under_ids_of_any_year_or_says_why_not(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=4, items=6, seed=5) as sandbox:
        hei_id = next(iter(sandbox.world.institutions))
        openable = "SELECT * FROM dcs.content_item WHERE hei_id = $1 AND is_openable ORDER BY item_key"
        item, withdrawn = (await connection.fetch(openable, hei_id))[:2]
        edit_item(
            sandbox.world, sandbox.world.items[withdrawn["request_id"]], ItemChanges(content_status="Pending")
        )
        await sync(sandbox, database)
        await control(sandbox, "rollover", hei=hei_id)
        await sync(sandbox, database)
        old = item["request_id"]
        contacts = tmp_path / "contacts.toml"
        contacts.write_text(
            f'[[contact]]\ninstitutions = [{hei_id}]\ntext_cy = "Gofynnwch i <ni>."\n'
            '[[contact]]\ninstitutions = "all"\nlink = "https://help.example.ac.uk/"\n'
        )
        dcs_mirror = command_line(tmp_path, sandbox, database).but(DCS_CONTACTS_FILE=str(contacts))
        async with serving(dcs_mirror) as service:
            for path in (str(old), f"{hei_id}/{old}", item["content_guid"].upper()):
                led = await _go(service, path)
                assert (led.status, led.headers["Location"]) == (302, item["content_url"]), path
            dead = await _go(service, str(withdrawn["request_id"]), Accept_Language="cy")
            assert dead.status == 410
            assert "gwirio" in dead.body.decode()
            assert "Gofynnwch i &lt;ni&gt;." in dead.body.decode()
            assert "help.example.ac.uk" not in dead.body.decode()
            assert withdrawn["title"].split()[0] not in dead.body.decode()
            assert "Location" not in dead.headers
            assert "default-src 'none'" in dead.headers["Content-Security-Policy"]
            for path in (
                f"{hei_id}/9",
                "5",
                "0",
                "9" * 30,
                "x",
                "%00",
                f"7/{old}",
                "..%2f",
                "%ff",
                "a" * 300,
                "<script>",
            ):
                missing = await _go(service, path)
                assert missing.status == 404, path
                assert b"<script" not in missing.body
                assert (b'href="https://help.example.ac.uk/"' in missing.body) == (path != f"{hei_id}/9")
        contacts.write_text("[[contact]]\n")
        refused = await dcs_mirror("serve")
        assert (refused.code, "DCS_CONTACTS_FILE: " in refused.err) == (2, True)


async def test_a_link_that_is_no_https_address_leads_nowhere(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=1, courses=2, items=4, seed=5) as sandbox:
        item = await connection.fetchrow("SELECT * FROM dcs.content_item WHERE is_openable LIMIT 1")
        assert item is not None
        async with serving(command_line(tmp_path, sandbox, database)) as service:
            for link in ("javascript:alert(1)", "http://example.com/", "https://a\\@b/", "https://a/\nX: y"):
                await connection.execute(
                    "UPDATE dcs_mirror.content_item SET content_url = $1 WHERE item_key = $2",
                    link,
                    item["item_key"],
                )
                dead = await _go(service, str(item["request_id"]))
                assert dead.status == 410
                assert "Location" not in dead.headers


async def test_the_feed_comes_in_pages_of_what_the_account_sees(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=3, items=4, seed=5) as sandbox:
        seen, other = sandbox.world.institutions
        dcs_mirror = command_line(tmp_path, sandbox, database)
        one = await account(dcs_mirror, "one", "--hei", str(seen))
        expected = [
            json.loads(row[0])
            for row in await connection.fetch("SELECT to_jsonb(c) FROM dcs.change AS c ORDER BY c.change_id")
        ]
        async with serving(dcs_mirror) as service:
            found, after = [], 0
            while changes := (page := await service.get(f"/api/changes?after={after}&limit=7")).json[
                "changes"
            ]:
                found += changes
                after = page.json["next"]
            assert [c["change_id"] for c in found] == [c["change_id"] for c in expected]
            assert [c["details"] for c in found] == [c["details"] for c in expected]
            assert set(found[0]) == set(expected[0])
            mine = (await service.get("/api/changes?limit=10000", of=one)).json
            assert {c["hei_id"] for c in mine["changes"]} == {seen}
            assert mine["next"] == expected[-1]["change_id"]
            refused = {
                f"/api/changes?hei={other}": 404,
                "/api/changes?hei=0": 400,
                "/api/changes?after=-1": 400,
                "/api/changes?after=x": 400,
                f"/api/changes?after={2**63}": 400,
                "/api/changes?limit=10001": 400,
                "/api/changes?limit=1&limit=2": 400,
                "/api/changes?from=1": 400,
                "/api/changes?after=%ff": 400,
            }
            assert {path: (await service.get(path, of=one)).status for path in refused} == refused
            nobody = await service.get("/api/changes", of=("one", "wrong"))
            assert (nobody.status, nobody.headers["WWW-Authenticate"][:5]) == (401, "Basic")
            await connection.execute("UPDATE dcs_mirror.feed_state SET low_water = 5")
            gone = await service.get("/api/changes?after=3")
            assert (gone.status, "Read everything again" in gone.json["detail"]) == (410, True)


async def test_a_stream_goes_on_from_the_last_event_and_ends_with_the_account(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=1, courses=2, items=3, seed=5) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        name, secret = await account(dcs_mirror, "follower")
        last = await connection.fetchval("SELECT max(change_id) FROM dcs.change")
        async with serving(dcs_mirror) as service:
            headers = {
                "Accept": "text/event-stream",
                "Authorization": encode_basic_auth(name, secret),
                "Last-Event-ID": str(last),
            }
            async with service.session.get(f"{service.address}/api/changes", headers=headers) as stream:
                assert stream.headers["Content-Type"] == "text/event-stream"
                assert {name: stream.headers.get(name) for name in COMMON} == COMMON
                edited = next(iter(sandbox.world.items.values()))
                edit_item(sandbox.world, edited, ItemChanges(title="Streamed"))
                await sync(sandbox, database)
                event = await asyncio.wait_for(_next_event(stream.content), 20)
                assert event["details"]["title"][1] == "Streamed"
                assert event["change_id"] > last
                await dcs_mirror("accounts", "remove", name)
                async with asyncio.timeout(20):
                    while await stream.content.readline():
                        pass


async def _next_event(content: Any) -> Any:
    while True:
        line = (await content.readline()).decode()
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
