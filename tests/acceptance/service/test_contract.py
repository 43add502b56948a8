"""The contract that the sandbox and the mirror keep (``test_serve``), kept by the DCS itself.

``DCS_CONTRACT_URL``, ``DCS_CONTRACT_USERNAME`` and ``DCS_CONTRACT_PASSWORD`` name one, which is only read.
"""

import os

import aiohttp

from tests.support.contract import Client, contract

if "DCS_CONTRACT_URL" in os.environ:

    async def test_the_dcs_keeps_the_contract() -> None:
        async with aiohttp.ClientSession() as session:
            credentials = (os.environ["DCS_CONTRACT_USERNAME"], os.environ["DCS_CONTRACT_PASSWORD"])
            await contract(Client(session, os.environ["DCS_CONTRACT_URL"], *credentials))
