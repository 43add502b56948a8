"""Links, Requests and Operations in the dashboard, with one server for its pages."""

import csv
import io
import json
import re
import shlex
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from tests.acceptance.service.test_dashboard import Visitor, _field, _visitor_session
from tests.support.asked_of_dcs import dcs_requests_are_listed, of_mirror
from tests.support.command import CommandLine, command_line
from tests.support.running import sync
from tests.support.serving import Service, account, mirrored, serving
from tests.support.writing import BOOK

HOSTILE = "<script>alert(1)</script> \u202egnp"

CALL = """
INSERT INTO dcs_mirror.call (
    hei_id, method, parameters, state, sent_at, ended_at, request_id, last_course_key, last_item_key
) VALUES ($1, $2, $3::jsonb, $4, now() - interval '8 days', now() - interval '8 days', $5, 0, 0)
RETURNING call_id
"""
COURSE_CHANGED = """
INSERT INTO dcs_mirror.change (run_id, hei_id, entity, key, kind, details, observed_at)
SELECT 1, hei_id, 'course', course_key, 'changed', '{"status": ["Active", "Archived"]}', now()
FROM dcs.content_item WHERE item_key = $1
"""
OPERATIONS = """
INSERT INTO dcs_mirror.worker (worker_id, host, pid, started_at, seen_at, share)
VALUES (gen_random_uuid(), 'host-of-all', 77, now(), now() + interval '1 hour', 1);
INSERT INTO dcs_mirror.job (kind, hei_id, state, attempts, enqueued_at, error)
VALUES ('reconcile', {first}, 'failed', 3, now(), '<b>gone</b>'),
       ('reconcile', {second}, 'failed', 3, now(), 'theirs'),
       ('sync', NULL, 'failed', 1, now(), 'of-all');
INSERT INTO dcs_mirror.quarantine (hei_id, position, reason, raw_text, reading_order, first_seen_at)
VALUES ({first}, 7, 'no <i>id</i>', 'Secret', 1, now()), ({second}, 8, 'theirs', 'Secret', 1, now()),
       (0, 9, 'of-all', 'Secret', 1, now());
INSERT INTO dcs_mirror.refresh_request (
    hei_id, requested_by, requested_at, started_at, finished_at, outcome, error
) VALUES ({first}, 'boss@example.ac.uk', now(), now(), now(), 'failed', 'ours'),
       ({second}, 'other@example.ac.uk', now(), now(), now(), 'failed', 'theirs');
INSERT INTO dcs_mirror.sync_run (kind, started_at, finished_at, outcome, error)
VALUES ('sync', now(), now(), 'partial', 'of-all'), ('refresh', now(), now(), 'failed', 'theirs');
INSERT INTO dcs_mirror.sync_outcome (run_id, hei_id, outcome, error, recorded_at, is_full)
SELECT r.run_id, {first}, 'held', 'C3: 30 of 40 rows. If so: dcs-mirror sync --hei {first} --accept-removals',
       now(), true FROM dcs_mirror.sync_run AS r
WHERE r.error = 'of-all' UNION ALL
SELECT r.run_id, {second}, 'held', 'R8: theirs', now(), true FROM dcs_mirror.sync_run AS r
WHERE r.error IN ('of-all', 'theirs');
"""
PEOPLE = {"AcademicName": "Jo Secret", "EmailAddress": "secret@example.ac.uk", "Notes": "Secret"}


@dataclass(frozen=True)
class World:
    """What the pages show: two institutions, and a person who sees the first alone.

    Attributes:
        visitor: that person.
        everything: a person who sees all.
        first, second: the institutions.
        dead: the link of an item of the first, which has a hostile title and is archived.
        live: the link of an item of the first that students can open.
        foreign: the request id of an item of the second.
    """

    dcs_mirror: CommandLine
    service: Service
    connection: Connection
    sandbox: RunningSandbox
    visitor: Visitor
    everything: Visitor
    first: int
    second: int
    dead: str
    live: str
    foreign: int


async def test_links_requests_and_operations_show_what_a_librarian_asks_for(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=4, items=6, seed=18) as sandbox:
        first, second = sorted(sandbox.world.institutions)
        items = {item.guid: item for item in sandbox.world.items.values() if item.status == "Active"}.values()
        dead, live = [item for item in items if item.institution.id == first and item.course][:2]
        edit_item(
            sandbox.world,
            dead,
            ItemChanges(content_status="Archived", title=HOSTILE, extract_title="", identifier=""),
        )
        await sync(sandbox, database)
        dcs_mirror = command_line(tmp_path, sandbox, database)
        links = "SELECT content_url FROM dcs.content_item WHERE request_id = $1 AND hei_id = $2"
        async with (
            serving(dcs_mirror, DCS_PUBLIC_URL="https://mirror.example.ac.uk") as service,
            _visitor_session() as one,
            _visitor_session() as all_,
        ):
            visitor, everything = Visitor(service, one), Visitor(service, all_)
            await visitor.sign_in(await account(dcs_mirror, "one", "--hei", str(first)))
            await everything.sign_in((service.account, service.secret))
            world = World(
                dcs_mirror,
                service,
                connection,
                sandbox,
                visitor,
                everything,
                first,
                second,
                await connection.fetchval(links, dead.request_id, first),
                await connection.fetchval(links, live.request_id, first),
                next(item.request_id for item in items if item.institution.id == second),
            )
            await _links(world)
            await _requests(world, database)
            await _operations(world)


async def _links(world: World) -> None:
    """A list is pasted or uploaded; the pages and the file say the same of each link, to nobody else."""
    visitor = world.visitor
    _, page, _ = await visitor.get("/links")
    csrf = _field(page, "csrf")
    pasted = f"{world.dead}\n{world.live}\r\n\n{world.foreign}\nno link {HOSTILE}\n"
    status, _, location = await visitor.upload("/links/check", csrf=csrf, lines=pasted)
    assert status == 303
    assert location is not None
    _, page, _ = await visitor.get(location)
    assert "Students cannot open 1 of 4 links; nothing is known of 2." in page
    for text in ("All: 4", "Cannot be opened: 1", "Nothing is known of: 2", "Can be opened: 1"):
        assert f">{text}</a>" in page, text
    assert ">Institution<" not in page
    assert "no: it is archived" in page
    assert "not known: the mirror has no such item" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page
    (key,) = re.findall(r'<a href="/items/(\d+)" dir="auto" class="title">&lt;script', page)
    _, item, _ = await visitor.get(f"/items/{key}")
    assert "A student cannot open it: it is archived, since " in item
    assert "its course changed" not in item
    await world.connection.execute(COURSE_CHANGED, int(key))
    _, item, _ = await visitor.get(f"/items/{key}")
    assert "its course changed" in item
    assert "course status" in item
    (permanent,) = re.findall(r'<a href="(/go/\d+/\d+)">https://mirror.example.ac.uk/go/', item)
    assert (await visitor.get(permanent))[0] == 410
    for show, count in (("dead", 1), ("unknown", 2), ("open", 1), ("else", 4)):
        assert (await visitor.get(f"{location}?show={show}"))[1].count('<th scope="row"') == count
    _, _, unknown = await visitor.upload("/links/check", csrf=csrf, lines=f"{world.live}\n{world.foreign}\n")
    assert unknown is not None
    assert (
        "Nothing is known of 1 of 2 links; students can open the others." in (await visitor.get(unknown))[1]
    )
    # Other people, also those who see more, do not see the list, nor does its person in another session.
    assert (await world.everything.get(location))[0] == 404

    # A file keeps its columns, encoding and separator.
    file = f"Caf\xe9;Link\r\n=cmd();{world.dead}\r\nB;{world.live}\r\n".encode("cp1252")
    status, page, location = await visitor.upload("/links/check", file, csrf=csrf, lines=" ", column="link")
    assert status == 303, page
    assert location is not None
    _, text, response = await visitor.get(f"{location}?download=links")
    assert response.headers["Content-Type"] == "text/csv; charset=windows-1252"
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [(row["Caf\xe9"], row["is_openable"]) for row in rows] == [("'=cmd()", "false"), ("B", "true")]
    await _wrong_lists(world, csrf)
    await _many_links(world, csrf)


async def _wrong_lists(world: World, csrf: str) -> None:
    """What cannot be checked is said in the form, which keeps what was written; forgeries are refused."""
    visitor = world.visitor
    for file, fields, said in (
        (None, {"lines": " \n"}, "There is nothing to check"),
        (b"1", {"lines": "2"}, "not both"),
        (b"a,b\n1,2\n", {"column": "URL"}, "there is no column &#39;URL&#39;; the columns are"),
        (b"a,b\n1,2\n", {}, "write the heading of one into the field for it"),
        (b"PK\x03\x04" + b"\0" * 50, {}, "The file"),
        (b"1\n" * 150_001, {}, "The list may have 150,000 lines"),
    ):
        status, page, _ = await visitor.upload("/links/check", file, csrf=csrf, **fields)
        assert (status, said in page) == (400, True), (said, page)
    _, page, _ = await visitor.upload("/links/check", b"1", csrf=csrf, lines="</textarea><b>2")
    assert "&lt;/textarea&gt;&lt;b&gt;2</textarea>" in page
    assert (await visitor.upload("/links/check", b"1", csrf="0" * 64))[0] == 403
    assert (await visitor.upload("/links/check", b"1", "https://evil.example", csrf=csrf))[0] == 403
    assert (await visitor.post("/links/check", csrf=csrf, lines="1"))[0] == 403
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "multipart/mixed; boundary=x"):
        headers = {"Origin": visitor.address, "Content-Type": kind}
        async with visitor.session.post(
            f"{visitor.address}/links/check", data=b"--y\r\n\r\n", headers=headers
        ) as answer:
            assert answer.status == 403, kind
    assert (await visitor.upload("/links/check", b"x" * (17 * 2**20), csrf=csrf))[0] == 413
    async with _visitor_session() as nobody:
        stranger = Visitor(world.service, nobody)
        assert (await stranger.upload("/links/check", b"1"))[2] == "/sign-in?next=%2Flinks&said=session-ended"


async def _many_links(world: World, csrf: str) -> None:
    """Ten thousand links are shown in pages, with totals, and all are in the file."""
    visitor = world.visitor
    lines = "\n".join(f"{world.live}&n={number:0120}" for number in range(10_000))
    status, _, location = await visitor.upload("/links/check", csrf=csrf, lines=lines)
    assert status == 303
    assert location is not None
    _, page, _ = await visitor.get(f"{location}?show=open&links-page=200")
    assert "Rows 9,951 to 10,000 of 10,000" in page
    assert "Further rows" not in page
    assert "Students can open all 10,000 links." in page
    _, text, _ = await visitor.get(f"{location}?download=links")
    assert len(text.splitlines()) == 10_001


async def _finds_a_customer(world: World) -> None:
    """A support desk sees whose requests wait, and goes from a customer's number to its pages."""
    _, text, _ = await world.everything.get("/requests?download=waiting")
    waiting = {row[1]: row[3:] for row in list(csv.reader(io.StringIO(text)))[1:]}
    assert waiting == {str(world.first): ["2", "1"], str(world.second): ["1", "0"]}
    hei, pages = world.second, ("/items?hei={}", "/june/{}", "/august?hei={}", "/requests?hei={}")
    for address, found in {
        "/requests": f'"/requests?hei={hei}&amp;state=waiting&amp;requests-sort=submitted_at">1<',
        "/": f'<td class="id"><bdi>{hei}</bdi></td>',
        **{f"/institutions/{hei}?{n}": f'<a href="{each.format(hei)}">' for n, each in enumerate(pages)},
    }.items():
        assert found in (await world.everything.get(address))[1], found


async def _requests(world: World, database: str) -> None:
    """What was submitted is shown with what became of it, and each open call with commands that exist."""
    dcs_mirror, connection, visitor = world.dcs_mirror, world.connection, world.visitor
    for title, *further in ((HOSTILE,), ("Waits-for-it",), ("Of-others", "second")):
        hei = str(world.second if further else world.first)
        finished = await dcs_mirror("submit-request", hei, *BOOK[:5], "--title", title, *BOOK[7:], "--json")
        assert finished.code == 0, finished.err
        if title == HOSTILE:
            rejected = finished.json["request_id"]
    item = next(item for item in world.sandbox.world.items.values() if item.request_id == rejected)
    edit_item(world.sandbox.world, item, ItemChanges(content_status="Rejected", rejection_message="NotOwned"))
    await sync(world.sandbox, database)
    _, page, _ = await visitor.get("/requests?state=rejected")
    assert "Content not owned by institution" in page
    (key,) = re.findall(r'<a href="/items/(\d+)" dir="auto" class="title">', of_mirror(page))
    await dcs_requests_are_listed(
        connection, {visitor.get: (world.first,), world.everything.get: (world.first, world.second)}
    )
    _, page, _ = await visitor.get(f"/items/{key}")
    assert page.count("Content not owned by institution") == 2  # as it is, and as it changed
    assert "NotOwned" not in page
    assert re.search(
        "request id</bdi></td>\\s*<td[^>]*><span class=.nothing.>.</span></td>\\s*"
        f"<td[^>]*>\\s*<bdi>{rejected}<",
        page,
    )
    update = "UPDATE dcs_mirror.content_item SET rejection_message = 'No <b>copy</b>' WHERE request_id = $1"
    await connection.execute(update, rejected)
    open_ids = {
        name: await connection.fetchval(CALL, hei, method, json.dumps({**PEOPLE, **sent}), state, request_id)
        for name, hei, method, sent, state, request_id in (
            ("unknown", world.first, "SubmitRequest", {"Title": f"Unknown {HOSTILE}"}, "unknown", None),
            ("deletion", world.first, "AmendCourse", {"CourseCode": "C1", "Status": "Deleted"}, "sent", None),
            ("unseen", world.first, "SubmitRequest", {"Title": "Never-shown"}, "answered", 999_999),
            ("of others", world.second, "SubmitCourse", {"CourseCode": "Of-others"}, "unknown", None),
        )
    }
    _, page, _ = await visitor.get("/requests?open_calls-page=9&requests-page=9")
    for text in (
        "All: 3",
        "Waits for the DCS: 2",
        "Waits, and is not listed yet: 1",
        "Rejected: 1",
        "Students can open it: 0",
    ):
        assert f">{text}</a>" in page, text
    assert "3 calls wait for somebody to settle" in page
    assert f"Institution: <bdi>{world.sandbox.world.institutions[world.first].name}</bdi>" in page
    for each in ("/", f"/institutions/{world.first}"):
        assert "3 calls to the DCS wait for somebody to settle." in (await visitor.get(each))[1]
    assert "No &lt;b&gt;copy&lt;/b&gt;" in page
    theirs = f"settle {open_ids['of others']}"
    for hidden in ("<script>alert", "\u202e", "Of-others", "Secret", "secret@", theirs):
        assert hidden not in page, hidden
    for state, count in (("waiting", 2), ("unlisted", 1), ("rejected", 1), ("open", 0), ("else", 3)):
        _, part, _ = await visitor.get(f"/requests?state={state}&download=requests")
        assert len(list(csv.reader(io.StringIO(part)))) == count + 1, state
    for nothing in ("q=Of-others", f"hei={world.second}", "q=%25"):
        _, part, _ = await visitor.get(f"/requests?{nothing}&download=requests")
        assert len(list(csv.reader(io.StringIO(part)))) == 1, nothing
    await _finds_a_customer(world)
    _, text, _ = await visitor.get("/requests?download=open_calls")
    assert "Of-others" not in text
    assert len(list(csv.reader(io.StringIO(text)))) == 4
    assert "No answer came: the DCS may have accepted it." in text
    # The commands are those that the command line takes; a deletion is never sent again.
    commands = [unescape(each) for each in re.findall("<code>(dcs-mirror calls settle [^<]+)</code>", page)]
    options = {
        name: [c.split()[3:] for c in commands if c.split()[3] == str(i)] for name, i in open_ids.items()
    }
    assert {name: [each[1:] for each in found] for name, found in options.items()} == {
        "unknown": [[], ["--send-again"], ["--found", "REQUEST_ID"], ["--gone"]],
        "deletion": [[], ["--taken"], ["--gone"]],
        "unseen": [["--gone"]],
        "of others": [],
    }
    for command in commands:
        if command.endswith("--gone"):
            settled = await dcs_mirror(*shlex.split(command)[1:])
            assert settled.code == 0, settled.err
    _, page, _ = await visitor.get("/requests")
    assert "Every call to the DCS has a clear answer." in page
    row = await connection.fetchrow("SELECT * FROM dcs.submitted_request WHERE request_id = $1", rejected)
    assert row is not None
    assert (row["content_status"], row["rejection_message"]) == ("Rejected", "No <b>copy</b>")
    assert row["ended_at"] >= row["submitted_at"]


async def _operations(world: World) -> None:
    """Each person sees what waits, failed or is held at their institutions, with the commands for it."""
    rows = OPERATIONS.format(first=world.first, second=world.second)
    await world.connection.execute(rows)
    failed = await world.connection.fetchval("SELECT job_id FROM dcs_mirror.job WHERE error = '<b>gone</b>'")
    _, page, _ = await world.visitor.get("/operations")
    for text in (
        "3 things need a look.",
        ">Failed: 1</a>",
        "&lt;b&gt;gone&lt;/b&gt;",
        "no &lt;i&gt;id&lt;/i&gt;",
        f"<code>dcs-mirror jobs retry {failed}</code>",
        f"<code>dcs-mirror jobs drop {failed}</code>",
        f"<code>dcs-mirror sync --hei {world.first} --accept-removals</code>",
        "ours",
    ):
        assert text in page, text
    assert page.count("--accept-removals") == 1
    name = world.sandbox.world.institutions[world.second].name
    hidden = (
        name,
        "host-of-all",
        "boss@",
        "other@",
        "of-all",
        ">theirs",
        "R8:",
        "Secret",
        "<b>gone",
        "<i>id",
    )
    tables = ("held", "jobs", "workers", "all_runs", "quarantine", "refreshes")
    files = {each: (await world.visitor.get(f"/operations?download={each}"))[1] for each in tables}
    run_id = await world.connection.fetchval("SELECT run_id FROM dcs_mirror.sync_run WHERE error = 'of-all'")
    other = await world.connection.fetchval("SELECT run_id FROM dcs_mirror.sync_run WHERE error = 'theirs'")
    _, of_run, _ = await world.visitor.get(f"/operations?run={run_id}&jobs=failed")
    assert of_run.count("C3: 30 of 40 rows") == 2
    _, of_others, _ = await world.visitor.get(f"/operations?run={other}")
    assert "The run did nothing for an institution that you see." in of_others
    for mark in hidden:
        assert mark not in page, mark
        assert mark not in of_run, mark
        assert mark not in of_others, mark
        if not mark.startswith("<"):  # a file has no markup that would be obeyed
            assert not [each for each, text in files.items() if mark in text], mark
    assert [
        len(list(csv.reader(io.StringIO(files[each])))) - 1 for each in ("held", "jobs", "quarantine")
    ] == [1] * 3
    assert "Failed" in files["jobs"]
    assert "failed" not in files["jobs"]

    _, page, _ = await world.everything.get("/operations")
    for text in (name, "host-of-all", "boss@", "other@", "of-all", ">theirs", "R8: theirs", ">Failed: 3</a>"):
        assert text in page, text
    assert "Secret" not in page
    assert "Only: <bdi>" not in page
    _, page, _ = await world.everything.get(f"/institutions/{world.second}")
    for place, theirs, ours in (("held", "R8: theirs", "C3: 30"), ("quarantine", "theirs", "no <i>")):
        assert f'"/operations?hei={world.second}#{place}"' in page
        _, text, _ = await world.everything.get(f"/operations?hei={world.second}&download={place}")
        assert len(list(csv.reader(io.StringIO(text)))) == 2, place
        assert theirs in text
        assert ours not in text
    _, page, _ = await world.everything.get(f"/operations?hei={world.second}")
    assert page.count(f"Only: <bdi>{name}</bdi>") == 2
    assert (await world.visitor.get(f"/operations?hei={world.second}"))[0] == 404
    await world.connection.execute("DELETE FROM dcs_mirror.sync_outcome WHERE error = 'R8: theirs'")
    await world.connection.execute("DELETE FROM dcs_mirror.quarantine WHERE hei_id = $1", world.second)
    _, page, _ = await world.everything.get(f"/operations?hei={world.second}")
    assert "This institution is not held" in page
    assert "Nothing of this institution is in quarantine" in page
