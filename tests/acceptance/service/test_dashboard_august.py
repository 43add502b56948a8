"""August in the dashboard: the flags as a work list, ticked off by those who may, and what became of them."""

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from markupsafe import escape

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from dcs_mirror.sandbox.model import Item
from tests.acceptance.service.test_dashboard import Visitor, _field, _visitor_session
from tests.support.command import command_line
from tests.support.control import control
from tests.support.numbers import rows_of
from tests.support.running import sync
from tests.support.serving import account, mirrored, serving

JULY, AUGUST, LATER = (datetime(2026, month, day, 2, tzinfo=UTC) for month, day in ((7, 31), (8, 4), (8, 6)))
NOTE = "asked the <publisher>"
ASSIGNED = "SELECT assigned_to FROM dcs.recheck_flag WHERE flag_id = $1"
STORED = "SELECT acknowledged_note FROM dcs.recheck_flag WHERE flag_id = $1"


async def _flagged(sandbox: RunningSandbox, database: str) -> dict[int, list[Item]]:
    """An August in which two items of each institution become Pending."""
    chosen: dict[int, list[Item]] = {hei_id: [] for hei_id in sorted(sandbox.world.institutions)}
    for item in {item.guid: item for item in sandbox.world.items.values()}.values():
        found = chosen[item.institution.id]
        if item.status == "Active" and len(found) < 2:
            edit_item(
                sandbox.world,
                item,
                ItemChanges(
                    title=f"Flagged {item.institution.id} {len(found)}",
                    extract_title="",
                    licence="Covered by CLA Licence",
                ),
            )
            found.append(item)
    assert (await sync(sandbox, database, now=JULY)).exit_code == 0
    for hei_id, items in chosen.items():
        ids = [item.request_id for item in items]
        await control(sandbox, "recheck", hei=hei_id, kind="pending", request_ids=ids)
    assert (await sync(sandbox, database, now=AUGUST)).exit_code == 0
    return chosen


async def _of_the_run(visitor: Visitor, hei_id: int) -> None:
    """What a run flagged leads to the flagged items."""
    _, page, _ = await visitor.get(f"/institutions/{hei_id}")
    (address,) = re.findall(r'<a href="(/institutions/\d+/runs/\d+\?what=flagged)">2<', page)
    _, page, _ = await visitor.get(address)
    assert "Items that it flagged" in page
    assert "counted then" not in page
    rows = rows_of((await visitor.get(f"{address}&download=run_flags"))[1])
    assert {row["title"] for row in rows} == {f"Flagged {hei_id} {number}" for number in (0, 1)}
    assert {row["kind"] for row in rows} == {"It is pending: students cannot open it."}


async def _all_else_is_refused(visitor: Visitor, csrf: str, ticked: dict[str, str], of_others: int) -> None:
    """Nothing is done without a note, a tick or the form's token, or to flags of others, not even in part."""
    send = visitor.post
    (flag,) = ticked
    for form, kept in (
        ({"note": NOTE}, 'name="note" value="asked the &lt;publisher&gt;"'),
        ({**ticked, "note": " "}, f'name="{flag}" aria-label="Tick Flagged'),
        ({"assign": "Ö<", "shown": "1"}, 'name="assign" value="Ö&lt;"'),
        ({"every": "on", "shown": "1"}, 'id="every" checked'),
    ):
        further = {"state": "any", "flags-sort": "-title"}
        status, page, _ = await send("/august/acknowledge", csrf=csrf, **form, **further)
        assert status == 400
        assert "Nothing was saved. Tick at least one item" in page
        # It is the page that the form was sent from, with what was ticked and written.
        assert kept in page, form
        assert page.count(" checked>") == len({flag, "every"} & form.keys())
        assert 'href="/august?state=any&amp;flags-sort=title"' in page
    for other in (str(of_others), "999999999999", "x", "²", "9" * 18):
        for form in ({**ticked, f"flag-{other}": "on"}, {**ticked, "every": "on", "shown": f"1 {other}"}):
            assert (await send("/august/acknowledge", csrf=csrf, note=NOTE, **form))[0] == 404
    form = {**ticked, "note": NOTE}
    assert (await send("/august/acknowledge", **form))[0] == 403
    assert (await send("/august/acknowledge", "https://evil.example", csrf=csrf, **form))[0] == 403


async def _acknowledged(visitor: Visitor, csrf: str, hei_id: int, flag_id: int) -> None:
    """A flag of two is ticked off with a note."""
    form = {f"flag-{flag_id}": "on", "note": NOTE, "hei": str(hei_id), "state": "open"}
    _, _, location = await visitor.post("/august/acknowledge", csrf=csrf, **form)
    assert location == f"/august?hei={hei_id}&state=open&said=acknowledged"
    _, page, _ = await visitor.get(location)
    assert "1 flag waits for somebody to look" in page
    assert "The ticked flags are acknowledged" in page
    assert "flags-sort=" in page
    assert "said=" not in page
    assert f'name="flag-{flag_id}"' not in page
    _, page, _ = await visitor.get("/august?state=acknowledged")
    assert "asked the &lt;publisher&gt;" in page
    assert "Acknowledged on " in page


async def _assigned(visitor: Visitor, csrf: str, ours: list[int], of_others: int) -> None:
    """Flags are assigned without being acknowledged, and the list is narrowed by the person."""
    send, both = visitor.post, {f"flag-{flag_id}": "on" for flag_id in ours}
    form = {**both, f"flag-{of_others}": "on", "assign": "Ms Öztürk"}
    assert (await send("/august/acknowledge", csrf=csrf, **form))[0] == 404
    _, page, _ = await visitor.get("/august?state=any&flags-sort=-title&flags-rows=500")
    shown = {name: _field(page, name) for name in ("flags-sort", "flags-rows")}
    assert sorted(map(int, _field(page, "shown").split())) == ours
    assert "<datalist" not in page
    form = {"every": "on", "shown": _field(page, "shown"), "assign": f" {'Ö' * 200}", "state": "any"}
    _, _, location = await send("/august/acknowledge", csrf=csrf, **form, **shown)
    assert location == "/august?state=any&flags-sort=-title&flags-rows=500&said=assigned"
    _, page, _ = await visitor.get(location)
    assert page.count(f'<bdi class="long">{"Ö" * 100}</bdi>') == 2
    assert f'<option value="{"Ö" * 100}"></option></datalist>' in page
    form = {f"flag-{ours[0]}": "on", "assign": "-"}
    _, _, location = await send("/august/acknowledge", csrf=csrf, **form)
    assert location is not None
    assert "assigned to nobody any more" in (await visitor.get(location))[1]
    for who, count in (("-", 1), ("Ö" * 100, 1), ("nobody of this name", 0)):
        query = urlencode({"state": "any", "assigned": who, "download": "flags"})
        rows = rows_of((await visitor.get(f"/august?{query}"))[1])
        assert len(rows) == count, who
    _, page, _ = await visitor.get("/august?" + urlencode({"assigned": "Ö" * 100}))
    assert "1 flag waits for somebody to look, of those chosen below." in page


async def test_a_librarian_ticks_flags_off_and_sees_what_became_of_them(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=4, items=4, seed=18) as sandbox:
        chosen = await _flagged(sandbox, database)
        first, second = chosen
        dcs_mirror = command_line(tmp_path, sandbox, database)
        rows = await connection.fetch("SELECT flag_id, hei_id FROM dcs.recheck_flag ORDER BY flag_id")
        ours, theirs = ([row["flag_id"] for row in rows if row["hei_id"] == hei] for hei in (first, second))
        assert len(ours) == len(theirs) == 2
        async with serving(dcs_mirror) as service, _visitor_session() as session:
            visitor = Visitor(service, session)
            await visitor.sign_in(
                await account(dcs_mirror, "one", "--hei", str(first), "--may", "acknowledge")
            )
            _, page, _ = await visitor.get("/august")
            assert "2 flags wait for somebody to look." in page  # of one institution, and none chosen
            assert re.search('state=open" aria-current="true">Nobody has looked: 2<', page)
            # What is the same in every row does not stand there.
            for name in ("institution", "state"):
                assert f"flags-sort={name}" not in page
            assert "flags-sort=state" in (await visitor.get("/august?state=any"))[1]
            for flag_id in ours:
                assert f'name="flag-{flag_id}"' in page
            csrf = _field(page, "csrf")
            await _of_the_run(visitor, first)
            for path in ("/august", f"/august?hei={second}&state=any", "/august?download=flags&state=any"):
                _, page, _ = await visitor.get(path)
                assert f"Flagged {second}" not in page
                assert sandbox.world.institutions[second].name not in page

            ticked = {f"flag-{ours[0]}": "on"}
            await _all_else_is_refused(visitor, csrf, ticked, theirs[0])
            assert await connection.fetchval(STORED, ours[0]) is None
            await _acknowledged(visitor, csrf, first, ours[0])
            assert await connection.fetchval(STORED, ours[0]) == NOTE
            await _assigned(visitor, csrf, ours, theirs[0])
            stored = (await dcs_mirror("flags", "--hei", str(first), "--json")).json
            assert [flag["assigned_to"] for flag in stored] == [None, "Ö" * 100]
            assert (await dcs_mirror("flags")).out.count("Ö") == 100
            assert rows_of((await dcs_mirror("flags", "--csv")).out)[1]["assigned_to"] == "Ö" * 100
            assert await connection.fetchval(ASSIGNED, theirs[0]) is None

            # The item comes back, and the flag is closed with its note.
            change = {"content-status": "Active", "licence": "Covered by CLA Licence"}
            for item in chosen[first]:
                await control(sandbox, "edit", hei=first, request_id=item.request_id, set=change)
            await sync(sandbox, database, now=LATER)
            _, page, _ = await visitor.get("/august")
            assert "No flag waits for somebody to look" in page
            _, page, _ = await visitor.get("/august?state=closed")
            assert "Closed on 6 August 2026: it is active and covered again" in page
            assert f'name="flag-{ours[0]}"' not in page
            _, text, _ = await visitor.get("/august?download=flags&state=any")
            table = rows_of(text)
            assert {row["resolution"] for row in table} == {"it is active and covered again"}
            assert {row["state"] for row in table} == {"Closed"}
            assert {row["resolved_at (UK time)"] for row in table} == {"2026-08-06 03:00:00"}
            assert NOTE in {row["acknowledged_note"] for row in table}
    recorded = await connection.fetch(
        "SELECT account, hei_id, details ->> 'note' FROM dcs_mirror.account_action"
        " WHERE action = 'acknowledge'"
    )
    assert [tuple(row) for row in recorded] == [("one", first, NOTE)]
    recorded = await connection.fetch(
        "SELECT account, hei_id, details ->> 'assigned_to' FROM dcs_mirror.account_action"
        " WHERE action = 'assign' ORDER BY action_id"
    )
    assert [tuple(row) for row in recorded] == [("one", first, "Ö" * 100)] * 2 + [("one", first, None)]


async def test_who_may_not_acknowledge_only_looks_and_narrows_the_list(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=4, items=4, seed=18) as sandbox:
        chosen = await _flagged(sandbox, database)
        item = next(iter(chosen.values()))[0]
        item_without_isbn = next(
            each for each in sandbox.world.items.values()
            if each.status == "Active" and each.institution is item.institution
        )  # fmt: skip
        edit_item(
            sandbox.world, item_without_isbn, ItemChanges(identifier="", title="No-ISBN", extract_title="")
        )
        await sync(sandbox, database, now=LATER)
        dcs_mirror = command_line(tmp_path, sandbox, database)
        lecturer = await connection.fetchval(
            "SELECT c.lecturer FROM dcs.course AS c JOIN dcs.recheck_flag AS f USING (hei_id, course_code)"
            " WHERE c.lecturer <> '' LIMIT 1"
        )
        flag_id = await connection.fetchval("SELECT min(flag_id) FROM dcs.recheck_flag")
        async with serving(dcs_mirror) as service, _visitor_session() as session:
            visitor = Visitor(service, session)
            await visitor.sign_in((service.account, service.secret))
            _, page, _ = await visitor.get("/august")
            assert page.count(">Flagged ") == 4
            assert "flags-sort=institution" in page
            assert "mailto:" not in page  # of several lecturers
            assert 'name="flag-' not in page
            assert "accounts add NAME --may acknowledge" in page
            csrf = _field(page, "csrf")
            form = {"csrf": csrf, f"flag-{flag_id}": "on", "note": "x"}
            assert (await visitor.post("/august/acknowledge", **form))[0] == 403
            assert await connection.fetchval(STORED, flag_id) is None
            rows = rows_of((await visitor.get("/august?download=flags"))[1])
            (course,) = {row["course"] for row in rows if row["lecturer"] == lecturer}
            assert f'<span class="in sentence" dir="auto">{escape(course)}</span>' in page
            (address,) = set(re.findall(rf'<a href="([^"]+)"><bdi>{re.escape(escape(lecturer))}</bdi>', page))
            assert "Institution: <bdi>" not in page
            _, page, _ = await visitor.get(unescape(address))
            assert f"Write to <bdi>{escape(lecturer)}</bdi> about " in page
            assert 'href="mailto:?subject=Licence%20recheck%3A%20' in page
            assert page.count(">Flagged ") == len([row for row in rows if row["lecturer"] == lecturer])
            for nothing in (
                "q=%25",
                "q=nobody-at-all",
                "state=closed",
                "year=2025",
                "year=x&state=acknowledged",
            ):
                _, page, _ = await visitor.get(f"/august?{nothing}")
                assert "No flag is like this." in page
            assert "No-ISBN" not in page
            _, page, _ = await visitor.get(f"/august?hei={item.institution.id}")
            assert "No-ISBN" in page
            assert f"Institution: <bdi>{item.institution.name}</bdi>" in page
            assert "It has no ISBN or ISSN." in page
