"""Asking a process for its figures, as a monitor does."""

import asyncio
import socket
from dataclasses import dataclass

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


def free_address() -> str:
    """A port of this machine that nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{trial.getsockname()[1]}"


async def ask(address: str, path: str) -> tuple[int, str]:
    """Ask a process at an address as ``DCS_METRICS_BIND`` has it; return the status and the text."""
    is_socket = address.startswith("unix:")
    connector = aiohttp.UnixConnector(address.removeprefix("unix:")) if is_socket else aiohttp.TCPConnector()
    host = "localhost" if is_socket else address
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://{host}{path}", timeout=aiohttp.ClientTimeout(10)) as response,
    ):
        return response.status, await response.text()


async def until_it_answers(address: str, path: str = "/healthz", *, status: int = 200) -> str:
    """Wait until a process answers with a status; return its text."""
    async with asyncio.timeout(30):
        while True:
            try:
                found, text = await ask(address, path)
            except (aiohttp.ClientError, OSError):
                found, text = 0, ""
            if found == status:
                return text
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Scraped:
    """What ``/metrics`` said."""

    text: str

    def values(self, name: str) -> dict[tuple[str, ...], float]:
        """The values of a figure by the values of its labels, in the order of the labels' names."""
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == f"dcs_mirror_{name}"
        }

    def value(self, name: str) -> float:
        """The value of a figure without labels."""
        return self.values(name)[()]

    def labels(self) -> dict[str, set[str]]:
        """The values of every label."""
        found: dict[str, set[str]] = {}
        for family in text_string_to_metric_families(self.text):
            for sample in family.samples:
                for label, value in sample.labels.items():
                    found.setdefault(label, set()).add(value)
        return found


async def scrape(address: str) -> Scraped:
    """Ask a process for its figures."""
    status, text = await ask(address, "/metrics")
    assert status == 200, text
    return Scraped(text)
