"""Addresses with several hosts: one that will not do gives way to the next, however it fails."""

import asyncio
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import pytest

from dcs_mirror.database.connections import connect
from dcs_mirror.errors import DatabaseUnavailable


async def _end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a load balancer without a server behind it does: it accepts and closes."""
    writer.close()


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a server does that knows another password."""
    await reader.readexactly(8)
    fields = (b"SFATAL", b"VFATAL", b"C28P01", b'Mpassword authentication failed for user "u"', b"")
    text = b"".join(field + b"\0" for field in fields)
    writer.write(b"E" + (4 + len(text)).to_bytes(4, "big") + text)
    await writer.drain()
    writer.close()


def _place(server_url: str) -> tuple[str, str, str]:
    """Host and port of a server, and the account there."""
    parts = urlsplit(server_url)
    query = parse_qs(parts.query)
    (folder,), (port,) = (
        query.get("host", [parts.hostname or ""]),
        query.get("port", [str(parts.port or 5432)]),
    )
    account = f"user={parts.username or 'postgres'} dbname={parts.path[1:]}"
    return folder, port, account + (f" password={parts.password}" if parts.password else "")


async def test_a_host_that_refuses_the_password_does_not_give_way_to_the_next(server_url: str) -> None:
    """As in libpq: a password that is wrong is told, not hidden by another server."""
    folder, port, account = _place(server_url)
    async with await asyncio.start_server(_refuse, "127.0.0.1", 0) as other:
        refuses = other.sockets[0].getsockname()[1]
        hosts = f"host=127.0.0.1,{folder} port={refuses},{port}"
        with pytest.raises(DatabaseUnavailable, match="refuses: password authentication failed"):
            async with connect(f"{hosts} sslmode=disable {account}"):
                pass


async def test_a_host_that_is_tried_twice_is_told_once() -> None:
    """Where a standby is preferred, each host is tried again as what it is."""
    async with await asyncio.start_server(_end, "127.0.0.1", 0) as balancer:
        ends = balancer.sockets[0].getsockname()[1]
        hosts = f"host=127.0.0.1,127.0.0.1 port={ends},1 user=u sslmode=disable"
        with pytest.raises(DatabaseUnavailable) as told:
            async with connect(f"{hosts} target_session_attrs=prefer-standby"):
                pass
    assert str(told.value).count(f"127.0.0.1:{ends}: it ended the connection at once") == 1
    assert str(told.value).count("127.0.0.1:1: connection refused") == 1


async def test_a_socket_is_connected_to_whatever_mode_of_tls_the_environment_demands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLNEGOTIATION", "direct")
    with TemporaryDirectory() as folder:  # a short name, which sockets need
        async with await asyncio.start_unix_server(_refuse, f"{folder}/.s.PGSQL.5432"):
            with pytest.raises(DatabaseUnavailable, match="refuses: password authentication failed"):
                async with connect(f"host={folder} user=u"):
                    pass


@pytest.mark.parametrize("sslmode", ["disable", "prefer"])
async def test_a_host_that_ends_the_connection_gives_way_to_the_next(server_url: str, sslmode: str) -> None:
    folder, port, account = _place(server_url)
    account += f" sslmode={sslmode}"
    async with await asyncio.start_server(_end, "127.0.0.1", 0) as balancer:
        ends = balancer.sockets[0].getsockname()[1]
        async with connect(f"host=127.0.0.1,{folder} port={ends},{port} {account}") as connection:
            assert await connection.fetchval("SELECT 1") == 1
        with pytest.raises(DatabaseUnavailable, match="cannot be reached: it ended the connection at once"):
            async with connect(f"host=127.0.0.1 port={ends} {account}"):
                pass
        wrong = f"host={folder} port={port} target_session_attrs=standby {account}"
        with pytest.raises(DatabaseUnavailable, match="not what target_session_attrs=standby asks for"):
            async with connect(wrong):
                pass
