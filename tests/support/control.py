"""The sandbox's control endpoints, over HTTP."""

from typing import Any

import aiohttp

from dcs_mirror.sandbox import RunningSandbox
from tests.support.faulty import FaultySandbox


async def control(sandbox: RunningSandbox | FaultySandbox, name: str, **body: object) -> Any:
    """What ``/_sandbox/name`` answers: asked with GET where there is no body."""
    url = f"{sandbox.control_url}/{name}"
    async with aiohttp.ClientSession() as session:
        asked = session.post(url, json=body) if body else session.get(url)
        async with asked as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer
