"""Fixtures of a sandbox and of a front before it, for tests that differ in the size of the world only."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.faulty import FaultySandbox, faulty


def sandbox_of(sizes: Sizes, *, seed: int) -> Any:
    """Return a fixture for the name ``sandbox``: a world of this size, the same for the same seed."""

    @pytest.fixture
    async def sandbox() -> AsyncIterator[RunningSandbox]:
        async with running_sandbox(build_world(sizes, seed=seed)) as running:
            yield running

    return sandbox


def front_of_sandbox() -> Any:
    """Return a fixture for the name ``upstream``: it answers as a test says, and else as the sandbox."""

    @pytest.fixture
    async def upstream(sandbox: RunningSandbox) -> AsyncIterator[FaultySandbox]:
        async with faulty(sandbox) as front:
            yield front

    return upstream
