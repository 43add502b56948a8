"""The dashboard over HTTP: who gets in, what they see, and which forms count."""

import csv
import io
import re
from pathlib import Path

import aiohttp
import yarl

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from tests.support.command import command_line
from tests.support.running import sync
from tests.support.serving import Service, account, mirrored, serving

ONLY_THERE = "Zebras-of-the-second"


class Visitor:
    """A browser without a screen: it keeps cookies, and says where a form comes from."""

    def __init__(self, service: Service, session: aiohttp.ClientSession) -> None:
        self.address = service.address
        self.session = session

    async def get(self, path: str, **headers: str) -> tuple[int, str, aiohttp.ClientResponse]:
        url = yarl.URL(self.address + path, encoded=True)
        async with self.session.get(url, headers=headers, allow_redirects=False) as response:
            return response.status, await response.text(), response

    async def post(self, path: str, origin: str | None = None, **form: str) -> tuple[int, str, str | None]:
        headers = {"Origin": origin or self.address}
        async with self.session.post(
            self.address + path, data=form, headers=headers, allow_redirects=False
        ) as response:
            return response.status, await response.text(), response.headers.get("Location")

    async def sign_in(self, who: tuple[str, str], target: str = "/") -> str | None:
        _, page, _ = await self.get("/sign-in")
        name, secret = who
        form = {"token": _field(page, "token"), "name": name, "secret": secret, "next": target}
        _, _, location = await self.post("/sign-in", **form)
        return location


def _field(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def _visitor_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def test_people_sign_in_see_their_institutions_and_no_others(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=4, items=4, seed=18) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        first, second = sorted(sandbox.world.institutions)
        item = next(item for item in sandbox.world.items.values() if item.institution.id == second)
        edit_item(sandbox.world, item, ItemChanges(title=ONLY_THERE, extract_title=ONLY_THERE))
        await sync(sandbox, database)
        async with serving(dcs_mirror) as service, _visitor_session() as session:
            of_one = await account(dcs_mirror, "one", "--hei", str(first))
            assert ONLY_THERE in {
                row[0] for row in await _rows(service, f"/items?hei={second}&download=items")
            }
            key = await connection.fetchval(
                "SELECT item_key FROM dcs.content_item WHERE title = $1", ONLY_THERE
            )
            visitor = Visitor(service, session)
            status, _, response = await visitor.get(f"/items?hei={second}")
            assert (status, response.headers["Location"]) == (303, f"/sign-in?next=%2Fitems%3Fhei%3D{second}")
            assert await visitor.sign_in((of_one[0], "wrong")) is None
            assert await visitor.sign_in(of_one, "//evil.example/") == "/"
            status, _, response = await visitor.get("/")
            assert status == 200
            assert "'nonce-" in response.headers["Content-Security-Policy"]
            assert "unsafe" not in response.headers["Content-Security-Policy"]
            assert response.headers["Cache-Control"] == "no-store"
            (cookie,) = [morsel for morsel in session.cookie_jar if morsel.key == "dcs-session"]
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"
            await _sees_nothing_of(visitor, second, sandbox.world.institutions[second].name, key)
            # An account that is removed, or has another secret, is out at once.
            await dcs_mirror("accounts", "rotate", "one")
            assert (await visitor.get("/"))[0] == 303


async def _sees_nothing_of(visitor: Visitor, hei_id: int, name: str, key: int) -> None:
    for path in (
        "/",
        "/items",
        f"/items?hei={hei_id}",
        f"/items?hei={hei_id}&download=items",
        f"/items?q={ONLY_THERE}",
    ):
        status, page, _ = await visitor.get(path)
        assert status == 200
        for mark in (name, ONLY_THERE):
            assert mark not in page.replace(f'value="{ONLY_THERE}"', ""), path
    assert (await visitor.get(f"/items/{key}"))[0] == 404


async def _rows(service: Service, path: str) -> list[list[str]]:
    answer = await service.get(path)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))


async def test_forms_count_only_from_a_page_of_the_dashboard(tmp_path: Path, database: str) -> None:
    async with mirrored(database, institutions=1, courses=2, items=2, seed=18) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        async with serving(dcs_mirror) as service, _visitor_session() as session:
            visitor = Visitor(service, session)
            who = (service.account, service.secret)
            assert await visitor.sign_in(who) == "/"
            _, page, _ = await visitor.get("/")
            csrf = _field(page, "csrf")
            port = service.address.rpartition(":")[2]
            other = f"http://127.0.0.1:{int(port) + 1}"
            for origin in ("null", "about:blank", "https://evil.example", other, f"http://127.0.0.2:{port}"):
                assert (await visitor.post("/sign-out", origin, csrf=csrf))[0] == 403
            for token in ("", csrf[:-1] + ("0" if csrf[-1] != "0" else "1"), "é"):
                assert (await visitor.post("/sign-out", csrf=token))[0] == 403
            assert (await visitor.get("/"))[0] == 200
            assert (await visitor.post("/sign-out", csrf=csrf))[2] == "/sign-in?said=signed-out"
            assert (await visitor.get("/"))[0] == 303
            async with session.post(f"{service.address}/sign-in", json={"name": who[0]}) as answer:
                assert answer.status == 403


async def test_without_any_account_only_a_browser_of_this_machine_may_look(
    tmp_path: Path, database: str
) -> None:
    async with mirrored(database, institutions=1, courses=2, items=2, seed=18) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        async with serving(dcs_mirror) as service, _visitor_session() as session:
            visitor = Visitor(service, session)
            assert (await visitor.get("/"))[0] == 303
            await dcs_mirror("accounts", "remove", service.account)
            assert (await visitor.get("/"))[0] == 200
            for name in ("X-Forwarded-For", "Forwarded", "Via"):
                assert (await visitor.get("/", **{name: "192.0.2.1"}))[0] == 303
            assert (await visitor.get("/", Host="mirror.example.ac.uk"))[0] == 421
            status, _, _ = await visitor.get("/api/changes")
            assert status == 401
