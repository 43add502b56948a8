"""The steps of a reconciliation get every parameter that they name."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reconcile import pipeline
from dcs_mirror.reconcile.staging import make_tables
from dcs_mirror.reconcile.steps import run_phases
from tests.support.readings import HEI


async def test_a_step_does_not_run_without_one_of_its_parameters(connection: Connection) -> None:
    async with connection.transaction():
        await make_tables(connection)
        with pytest.raises(KeyError, match="recheck_days"):
            await run_phases(connection, (pipeline.FLAGS,), {"hei_id": HEI, "after_status_change": 0})
