"""A sandbox that misbehaves by a script."""

from typing import Any

import aiohttp

from dcs_mirror.sandbox import RunningSandbox


async def scripted(sandbox: RunningSandbox, *faults: dict[str, Any]) -> None:
    """Has these faults, and no others, from now on."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.control_url}/faults", json=list(faults)) as response,
    ):
        assert response.status == 200, await response.text()
