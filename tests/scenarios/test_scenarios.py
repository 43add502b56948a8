"""The rules R, S and C as tables; ``README.md`` explains them."""

import pytest

from dcs_mirror.database.connections import Connection
from tests.scenarios.runner import run
from tests.scenarios.scenario import Scenario, scenarios
from tests.scenarios.views import Mismatch


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one.title) for one in scenarios()])
async def test_scenario(mirror: Connection, scenario: Scenario) -> None:
    try:
        await run(mirror, scenario)
    except Mismatch as mismatch:
        pytest.fail(f"{scenario.title}\n{mismatch}", pytrace=False)
