"""A sandbox behind a front that answers as it is told, and what is mirrored of it."""

from collections.abc import Iterator

import pytest
import stamina

from dcs_mirror.sandbox import Sizes
from tests.support.control import control
from tests.support.faulty import FaultySandbox
from tests.support.running import sync
from tests.support.sandboxes import front_of_sandbox, sandbox_of
from tests.support.scene import Scene


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


sandbox = sandbox_of(Sizes(institutions=2, courses=6, items=5), seed=3)
upstream = front_of_sandbox()


@pytest.fixture
async def scene(upstream: FaultySandbox, database: str) -> Scene:
    await sync(upstream, database)
    institution = (await control(upstream, "state"))["institutions"][0]
    hit, other = [c for c in institution["courses"] if c["items"] and c["items"][0]["reachable"]][:2]
    return Scene(institution["id"], hit["code"], other["items"][0]["request-id"])
