"""Who takes what is told."""

from collections.abc import AsyncIterator

import pytest

from tests.support.receiver import Receiver, receiver


@pytest.fixture
async def library() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made
