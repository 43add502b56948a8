"""The dashboard over HTTP: who gets in, what they see, and which forms count."""

import csv
import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import urlencode

import aiohttp
import asyncpg
import yarl
from aiohttp import web

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from dcs_mirror.schema import search
from dcs_mirror.settings import Settings
from dcs_mirror.web.dashboard import routes
from dcs_mirror.web.dashboard.parts import Parts
from tests.support.command import command_line
from tests.support.numbers import rows_of
from tests.support.running import sync
from tests.support.serving import Service, account, mirrored, serving

WITH_ALL = """
SELECT * FROM dcs.content_item
WHERE isbn13 IS NOT NULL AND content_guid IS NOT NULL AND content_url LIKE 'https%'
  AND content_status = 'Active'
  AND title ~ '^[A-Za-z ]+$' AND title ~ ' ' AND author <> '' AND licence <> ''
  AND removed_at IS NULL AND course_code IS NOT NULL
LIMIT 1
"""
ENTITLE = """
UPDATE dcs_mirror.content_item SET title = $1, extract_title = ''
WHERE item_key = (SELECT min(item_key) FROM dcs_mirror.content_item WHERE hei_id = $2 AND item_key <> $3)
RETURNING item_key
"""
MANY = """
INSERT INTO dcs_mirror.content_item (
    hei_id, request_id, title, year, content_status, first_seen_at, seen_at, changed_at
)
SELECT i.hei_id, 70000000 + n, i.title, (n % 2)::text, 'Active', i.first_seen_at, i.seen_at, i.changed_at
FROM dcs_mirror.content_item AS i, generate_series(1, 1001) AS n
WHERE i.item_key = $1
"""
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

    async def upload(
        self, path: str, file: bytes | None = None, origin: str | None = None, **fields: str
    ) -> tuple[int, str, str | None]:
        """Send a form with a file, as a browser does: also without one that was chosen."""
        with aiohttp.MultipartWriter("form-data") as body:
            for name, value in fields.items():
                body.append(io.BytesIO(value.encode())).set_content_disposition("form-data", name=name)
            part = body.append(io.BytesIO(file or b""), {"Content-Type": "text/csv"})
            part.set_content_disposition("form-data", name="file", filename="list.csv" if file else "")
        headers = {"Origin": origin or self.address}
        async with self.session.post(
            self.address + path, data=body, headers=headers, allow_redirects=False
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
            of_one = await account(
                dcs_mirror, "one", "--hei", str(first), "--may", "refresh,acknowledge,write"
            )
            assert ONLY_THERE in {
                row[0] for row in await _rows(service, f"/items?hei={second}&download=items")
            }
            key = await connection.fetchval(
                "SELECT item_key FROM dcs.content_item WHERE title = $1", ONLY_THERE
            )
            visitor = Visitor(service, session)
            status, _, response = await visitor.get(f"/items?hei={second}")
            signs_in = f"/sign-in?next=%2Fitems%3Fhei%3D{second}"
            assert (status, response.headers["Location"]) == (303, signs_in)
            # A script would follow that by itself, and so is told to lead the browser there.
            status, _, response = await visitor.get(f"/items?hei={second}", **{"HX-Request": "true"})
            assert (status, response.headers["HX-Redirect"]) == (
                401,
                f"/sign-in?next=%2Fitems%3Fhei%3D{second}",
            )
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


def _routes() -> list[tuple[str, str]]:
    """Methods and paths of all pages and forms, with their placeholders."""
    application = web.Application()
    routes.add(application, cast("Parts", SimpleNamespace(identity=None)), Settings())
    return [
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None and route.method in {"GET", "POST"}
    ]


async def _sees_nothing_of(visitor: Visitor, hei_id: int, name: str, key: int) -> None:
    places = {
        "hei_id": hei_id,
        "item_key": key,
        "name": "style.css",
        "run_id": 1,
        "list": "of-somebody-else",
    }
    _, page, _ = await visitor.get("/")
    csrf = _field(page, "csrf")
    for method, path in _routes():
        address = path.format(**places)
        if method == "POST" and address.startswith("/sign-"):
            continue
        if method == "POST":
            # What a form needs beside its address; no flag has this number.
            form = {"csrf": csrf, "note": "seen", "flag-999999999": "on"}
            if address == "/links/check":
                status, page, location = await visitor.upload(address, csrf=csrf, lines="1", hei=str(hei_id))
            else:
                status, page, location = await visitor.post(address, **form)
            assert (status, location) == (404, None), address
        else:
            status, page, _ = await visitor.get(address)
            assert (
                status == (404 if {"{hei_id}", "{item_key}", "{list}"} & set(path.split("/")) else 200)
                or address == "/sign-in"
            )
        assert name not in page, address
        assert ONLY_THERE not in page, address
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
            said_again = page.replace(f'value="{ONLY_THERE}"', "").replace(f"<bdi>{ONLY_THERE}</bdi>", "")
            assert mark not in said_again, path


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


async def test_items_are_found_by_whatever_people_have_of_them(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=6, items=6, seed=18) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        item = await connection.fetchrow(WITH_ALL)
        old = await connection.fetchrow("SELECT old_request_id, item_key FROM dcs.request_id_history LIMIT 1")
        assert item is not None
        assert old is not None
        async with serving(dcs_mirror) as service:

            async def keys(query: str, **further: object) -> set[int]:
                address = "/items?" + urlencode({"q": query, **further})
                page = (await service.get(address)).body.decode()
                return {int(key) for key in re.findall(r'href="/items/(\d+)"', page)}

            isbn = item["isbn13"]
            hei = {"hei": item["hei_id"]}
            for written in (
                isbn, f"ISBN {isbn[:3]}-{isbn[3]}-{isbn[4:9]}-{isbn[9:12]}-{isbn[12]}", item["content_guid"],
                item["content_guid"].upper(), item["content_url"], f"https://mirror.example/go/{item['request_id']}",
                str(item["request_id"]),
            ):  # fmt: skip
                assert item["item_key"] in await keys(written), written
            assert old["item_key"] in await keys(str(old["old_request_id"]))
            words = item["title"].split()
            for written in (" ".join(reversed(words)), words[0].upper(), item["author"], item["course_code"]):
                assert item["item_key"] in await keys(written, **hei), written
            assert item["item_key"] in await keys("", course_key=item["course_key"])
            assert item["item_key"] in await keys("", **hei, licence=item["licence"], status="Active")
            assert await keys("", **hei, licence="no such licence") == set()
            for nothing in ("%", "_" * 9, "\\", "' OR 1=1 --", "\x00x\x00y", "x" * 5000, "\u202e"):
                assert item["item_key"] not in await keys(nothing, **hei), nothing
            for page in ("0", "-1", "1e9", "999999999", "x"):
                answer = await service.get(f"/items?hei={item['hei_id']}&items-page={page}&items-sort=;DROP")
                assert answer.status == 200
            await _a_number_is_an_id_and_a_word(service, connection, database, item)


async def _a_number_is_an_id_and_a_word(
    service: Service, connection: Connection, database: str, item: asyncpg.Record
) -> None:
    """Both are found, the id first; and what is more than a page can tell is said, and in the file."""
    number, other, hei = item["request_id"], f"Ubiquitous {item['request_id']}", item["hei_id"]
    entitled = await connection.fetchval(ENTITLE, other, hei, item["item_key"])
    await search.arrange(database, wanted=True)
    for address in (f"/items?q={number}", f"/items?q={number}&hei={hei}"):
        page = (await service.get(address)).body.decode()
        found = [int(key) for key in re.findall(r'href="/items/(\d+)"', page)]
        assert found[0] == item["item_key"], address
        assert entitled in found, address
        assert page.count("It has this number.") == 1
    await connection.execute(MANY, entitled)
    page = (await service.get("/items?q=ubiquitous")).body.decode()
    assert "Rows 1 to 50 of more than 1,000." in page
    assert "Narrow by" not in page
    assert len(rows_of((await service.get("/items?q=ubiquitous&download=items")).body.decode())) == 1002
    page = (await service.get("/items?q=ubiquitous&year=1")).body.decode()
    assert "Rows 1 to 50 of 501." in page


async def test_what_is_no_form_is_refused_and_a_question_for_the_head_of_a_file_gets_no_rows(
    tmp_path: Path, database: str
) -> None:
    async with (
        mirrored(database, institutions=1, courses=1, items=1, seed=18) as sandbox,
        serving(command_line(tmp_path, sandbox, database)) as service,
        _visitor_session() as session,
    ):
        headers = {
            "Origin": service.address,
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Encoding": "gzip",
        }
        async with session.post(f"{service.address}/sign-in", data=b"no gzip", headers=headers) as refused:
            assert refused.status == 403
        named = {"Authorization": aiohttp.encode_basic_auth(service.account, service.secret)}
        for _ in range(2):  # on one connection: what followed the first would be read as the second
            async with session.head(f"{service.address}/?download=institutions", headers=named) as head:
                assert (head.status, head.content_type, await head.read()) == (200, "text/csv", b"")
