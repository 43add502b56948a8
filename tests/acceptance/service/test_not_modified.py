"""Clients that have an answer and ask only by its date: what is gone from a list changed it."""

from pathlib import Path
from urllib.parse import quote

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox.edits import remove_course, remove_item
from tests.support.command import command_line
from tests.support.running import sync
from tests.support.serving import account, mirrored, serving

AN_HOUR_AGO = (
    "UPDATE dcs_mirror.{} SET {} = {} - interval '1 hour'",
    {
        "change": "observed_at",
        "institution": "changed_at",
        "course": "changed_at",
        "content_item": "changed_at",
        "account": "created_at",
    },
)


async def test_what_is_gone_from_a_list_changed_it(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with mirrored(database, institutions=2, courses=4, items=6, seed=3) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        institution, withdrawn = sandbox.world.institutions.values()
        some = await account(dcs_mirror, "some", "--hei", str(institution.id), "--hei", str(withdrawn.id))
        statement, columns = AN_HOUR_AGO
        for table, column in columns.items():
            await connection.execute(statement.format(table, column, column))
        course, other = [c for c in institution.courses.values() if c.status == "Active" and c.items][:2]
        calls = [
            "GetInstitutions",
            f"GetCourses?hei={institution.id}",
            f"GetCourseContent?hei={institution.id}&code={quote(course.code)}",
        ]
        async with serving(dcs_mirror) as service:
            dates = {call: (await service.dcs(call, of=some)).headers["Last-Modified"] for call in calls}
            for call, date in dates.items():
                assert (await service.dcs(call, of=some, If_Modified_Since=date)).status == 304, call
            remove_item(sandbox.world, course.items[0])
            remove_course(sandbox.world, other)
            withdrawn.subscribed = False
            assert (await sync(sandbox, database)).exit_code == 0
            for call, date in dates.items():
                assert (await service.dcs(call, of=some, If_Modified_Since=date)).status == 200, call
            # The same account, which sees less now.
            date = (await service.dcs("GetInstitutions", of=some)).headers["Last-Modified"]
            await dcs_mirror("accounts", "remove", "some")
            less = await account(dcs_mirror, "some", "--hei", str(withdrawn.id))
            await connection.execute(
                "UPDATE dcs_mirror.account SET created_at = created_at + interval '2 s' WHERE name = 'some'"
            )
            fewer = await service.dcs("GetInstitutions", of=less, If_Modified_Since=date)
            assert (fewer.status, fewer.json["total-results"]) == (200, 0)
