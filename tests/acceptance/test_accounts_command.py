"""The accounts of the service on the command line: a secret is told once, and wrong usage adds nothing."""

from pathlib import Path

from dcs_mirror.database.connections import Connection
from tests.support.command import command_line

KEYS = ["name", "secret", "hei_ids", "may"]


async def test_json_of_a_new_secret_has_the_keys_of_the_contract(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    await connection.execute(
        "INSERT INTO dcs_mirror.institution (hei_id, subscribed, first_seen_at, changed_at)"
        " VALUES (108, true, now(), now())"
    )
    dcs_mirror = command_line(tmp_path, database=database)
    added = (
        await dcs_mirror("accounts", "add", "lists", "--hei", "108", "--may", "refresh,write", "--json")
    ).json
    assert list(added) == KEYS
    assert (added["name"], added["hei_ids"], sorted(added["may"])) == ("lists", [108], ["refresh", "write"])
    rotated = (await dcs_mirror("accounts", "rotate", "lists", "--json")).json
    assert list(rotated) == KEYS
    assert rotated["secret"] not in {None, added["secret"]}
    listed = await dcs_mirror("accounts", "list", "--json")
    assert not {added["secret"], rotated["secret"]} & set(listed.out.split('"'))
    for wrong in (("a:b",), ("x", "--may", "everything"), ("x", "--hei", "0")):
        refused = await dcs_mirror("accounts", "add", *wrong)
        assert (refused.code, refused.out) == (2, ""), refused
    unknown = await dcs_mirror("accounts", "add", "x", "--hei", "999")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == (
        "dcs-mirror: the mirror does not know institution 999; see `dcs-mirror status`. "
        "No account was added\n"
    )
    assert [each["name"] for each in (await dcs_mirror("accounts", "list", "--json")).json["accounts"]] == [
        "lists"
    ]
