"""Whose request it is: the address of who is connected, or that which a trusted proxy names."""

from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from dcs_mirror.listen_address import TrustedProxies
from dcs_mirror.web.go import PermanentLinks
from dcs_mirror.web.identity import client_of

TRUSTED = TrustedProxies.parse("10.0.0.0/8 ::1 unix")
PROXY = "10.0.0.1"


def _request(peer: str | None, *forwarded: str) -> web.Request:
    transport = Mock()
    transport.get_extra_info.return_value = "" if peer is None else (peer, 1)
    headers = CIMultiDict([("X-Forwarded-For", each) for each in forwarded])
    return make_mocked_request(
        "GET", "/go/1", headers=headers, transport=transport, match_info={"asked": "1" * 200}
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), "192.0.2.7"),
        (PROXY, (), PROXY),
        (PROXY, ("198.51.100.1",), "198.51.100.1"),
        (PROXY, ("203.0.113.9, 198.51.100.1",), "198.51.100.1"),
        (PROXY, ("203.0.113.9", "198.51.100.1"), "198.51.100.1"),
        (PROXY, ("203.0.113.9, 198.51.100.1,10.2.3.4",), "198.51.100.1"),
        (PROXY, ("10.2.3.4, 10.2.3.5",), "10.2.3.4"),
        (PROXY, ("198.51.100.1, unknown",), PROXY),
        (PROXY, ("198.51.100.1, ",), PROXY),
        (PROXY, ("198.51.100.1, 999.1.1.1",), PROXY),
        (PROXY, ("198.51.100.1:4711",), "198.51.100.1"),
        (PROXY, ("[2001:db8::7]:80",), "2001:db8::7"),
        (PROXY, ("2001:DB8:0::7",), "2001:db8::7"),
        (PROXY, ("::ffff:198.51.100.1",), "198.51.100.1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        (PROXY, ("1" * 9999 + ", 198.51.100.1",), "198.51.100.1"),
        (PROXY, ("203.0.113.9, " + "10.0.0.2," * 20 + "10.0.0.3",), "10.0.0.2"),
        (None, (), None),
        (None, ("203.0.113.9, 198.51.100.1",), "198.51.100.1"),
    ],
)
def test_what_only_a_trusted_proxy_names_counts(
    peer: str | None, forwarded: tuple[str, ...], client: str | None
) -> None:
    assert client_of(_request(peer, *forwarded), TRUSTED) == client


async def test_clients_behind_a_proxy_have_a_rate_of_permanent_links_each() -> None:
    pool: Any = None
    links = PermanentLinks(pool, {}, TRUSTED, rate=1)

    async def status(peer: str, forwarded: str) -> int:
        return (await links.handle(_request(peer, forwarded))).status

    assert [await status(PROXY, "198.51.100.1") for _ in range(2)] == [404, 429]
    assert await status(PROXY, "198.51.100.2") == 404
    assert await status(PROXY, "198.51.100.3, 198.51.100.2") == 429
    assert [await status("192.0.2.7", f"198.51.100.{each}") for each in (4, 5)] == [404, 429]
    # A machine has a whole network of IPv6, and counts once.
    assert [await status(f"2001:db8:0:7::{each}", "") for each in (1, "dead:beef")] == [404, 429]
    assert await status(PROXY, "2001:db8:0:7:ffff::1") == 429
    assert [await status(f"fe80::{each}%eth0", "") for each in (1, 2)] == [404, 429]
    assert await status("2001:db8:0:8::1", "") == 404
    assert [await status("::ffff:192.0.2.8", ""), await status("192.0.2.8", "")] == [404, 429]
    assert await status("::ffff:192.0.2.9", "") == 404
