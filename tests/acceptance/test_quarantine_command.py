"""`dcs-mirror quarantine`: what an operator sees of records without an id (W4)."""

import json
from pathlib import Path

import pytest

from dcs_mirror.sandbox import RunningSandbox, Sizes
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.faulty import Fault, FaultySandbox
from tests.support.sandboxes import front_of_sandbox, sandbox_of

OK = {"status": "ok", "status-code": 100, "status-message": "Success"}
HOSTILE = "\x1b[2J\x9b2J\u202e" + "long" * 50


sandbox = sandbox_of(Sizes(institutions=2, courses=3, items=2), seed=3)
upstream = front_of_sandbox()


@pytest.fixture
def dcs_mirror(
    tmp_path: Path, sandbox: RunningSandbox, upstream: FaultySandbox, database: str
) -> CommandLine:
    return command_line(tmp_path, sandbox, database).but(DCS_API_URL=upstream.base_url)


def _body(name: str, *entries: object) -> bytes:
    return json.dumps({"total-results": len(entries), name: entries} | OK).encode()


async def test_a_record_without_an_id_is_shown_until_it_is_mended(
    dcs_mirror: CommandLine, upstream: FaultySandbox
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("quarantine")).out == "nothing is in quarantine\n"
    one, other = (await control(upstream, "state"))["institutions"]
    listed = [{"id": one["id"], "name": one["name"]}, {"id": other["id"]}, {"name": "Nowhere"}]
    upstream.faults = [
        Fault("GetInstitutions", _body("institutions", *listed)),
        Fault(f"GetCourses?hei={one['id']}", _body("courses", {"id": 5, "name": HOSTILE})),
        Fault(f"GetCourseContent?hei={other['id']}", _body("content-items", {"title": HOSTILE}, 7)),
    ]
    finished = await dcs_mirror("sync", "--json")
    assert finished.code == 1
    assert {o["hei_id"]: (o["outcome"], o["quarantined"]) for o in finished.json["institutions"]} == {
        one["id"]: ("partial", 1),
        other["id"]: ("partial", 6),
    }
    assert all("dcs-mirror quarantine" in o["error"] for o in finished.json["institutions"])

    shown = await dcs_mirror("quarantine")
    assert shown.code == 0
    assert shown.out.replace("\n", "").isprintable()
    for told in ("institution list", "course list", "course-code is missing", "it is no object", "open"):
        assert told in shown.out
    printed = await dcs_mirror("quarantine", "--json")
    assert printed.out.replace("\n", "").isprintable()
    records = printed.json
    assert len(records) == 8
    assert (records[0]["hei_id"], records[0]["raw_text"]) == (None, '{"name": "Nowhere"}')
    assert {json.loads(r["raw_text"])["title"] for r in records if "title" in r["raw_text"]} == {HOSTILE}
    (only,) = (await dcs_mirror("quarantine", "--hei", str(one["id"]), "--json")).json
    assert (only["method"], only["reason"], only["position"]) == ("GetCourses", "course-code is missing", 1)

    upstream.faults = []
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("quarantine", "--json")).json == []
    mended = (await dcs_mirror("quarantine", "--all", "--json")).json
    assert len(mended) == 8
    assert all(record["cleared_at"] for record in mended)
    assert "cleared 20" in (await dcs_mirror("quarantine", "--all")).out


async def test_a_refresh_of_one_request_sets_aside_too(
    dcs_mirror: CommandLine, upstream: FaultySandbox
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    institution = (await control(upstream, "state"))["institutions"][0]
    request_id = institution["courses"][0]["items"][0]["request-id"]
    asked = ("refresh", str(institution["id"]), "--request", str(request_id), "--json")
    upstream.faults = [Fault("Request-ID=", _body("content-items", {"request-id": None}))]
    finished = await dcs_mirror(*asked)
    assert finished.code == 1
    (outcome,) = finished.json["institutions"]
    assert (outcome["outcome"], outcome["quarantined"], outcome["removed"]) == ("partial", 1, 0)
    (record,) = (await dcs_mirror("quarantine", "--json")).json
    assert (record["request_id"], record["reason"]) == (request_id, "request-id is missing")
    upstream.faults = []
    assert (await dcs_mirror(*asked)).code == 0
    assert (await dcs_mirror("quarantine", "--json")).json == []


async def test_an_unknown_institution_has_nothing_in_quarantine_and_is_named(dcs_mirror: CommandLine) -> None:
    assert (await dcs_mirror("migrate")).code == 0
    (dcs_mirror.folder / "links.txt").write_text("5")
    for command, said in (
        (("quarantine",), "nothing is in quarantine\n"),
        (("flags",), "no open flags\n"),
        (("calls",), "no calls\n"),
        (("links", "check", "links.txt"), "1 link: 1 unknown\n"),
    ):
        shown = await dcs_mirror(*command, "--hei", "7")
        assert shown.out.endswith(said)
        assert "the mirror does not know institution 7; see `dcs-mirror status`" in shown.err
        assert "does not know" not in (await dcs_mirror(*command)).err
