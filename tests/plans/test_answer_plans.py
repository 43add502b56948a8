"""The statements of the service's answers are planned once, not for each request."""

from dcs_mirror.database.connections import create_reading_pool
from dcs_mirror.web.access import STATEMENTS
from dcs_mirror.web.answers import STATEMENTS_OF

TIMES = 10
"""PostgreSQL decides by the plans of the first five times whether one for all values is as good."""

VALUES = {
    "names": ["library"],
    "hei_ids": [101],
    "name": "library",
    "hei_id": 101,
    "code": "LAW101",
    "request_id": None,
}

PLANS = "SELECT s.statement, s.custom_plans, s.generic_plans FROM pg_prepared_statements AS s"


async def test_statements_of_answers_get_one_plan(database: str) -> None:
    named = ["access", *STATEMENTS_OF.values()]
    async with create_reading_pool(database, 1, plans_once=True) as pool, pool.acquire() as answering:
        for name in named:
            text, *values = STATEMENTS[name].bind(VALUES)
            for _ in range(TIMES):
                await answering.fetch(text, *values)
        plans = {row["statement"]: row for row in await answering.fetch(PLANS)}
    found = [plans[STATEMENTS[name].text] for name in named]
    assert [(row["custom_plans"], row["generic_plans"]) for row in found] == [(0, TIMES)] * len(named)
