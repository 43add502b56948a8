"""Addresses with several hosts: one that will not do gives way to the next, however it fails."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from dcs_mirror.database.connections import connect
from dcs_mirror.errors import DatabaseUnavailable


async def _end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a load balancer without a server behind it does: it accepts and closes."""
    writer.close()


@pytest.mark.parametrize("sslmode", ["disable", "prefer"])
async def test_a_host_that_ends_the_connection_gives_way_to_the_next(server_url: str, sslmode: str) -> None:
    parts = urlsplit(server_url)
    query = parse_qs(parts.query)
    (folder,), (port,) = (
        query.get("host", [parts.hostname or ""]),
        query.get("port", [str(parts.port or 5432)]),
    )
    async with await asyncio.start_server(_end, "127.0.0.1", 0) as balancer:
        ends = balancer.sockets[0].getsockname()[1]
        account = f"user={parts.username or 'postgres'} dbname={parts.path[1:]} sslmode={sslmode}"
        if parts.password:
            account += f" password={parts.password}"
        async with connect(f"host=127.0.0.1,{folder} port={ends},{port} {account}") as connection:
            assert await connection.fetchval("SELECT 1") == 1
        with pytest.raises(DatabaseUnavailable, match="cannot be reached: it ended the connection at once"):
            async with connect(f"host=127.0.0.1 port={ends} {account}"):
                pass
        wrong = f"host={folder} port={port} target_session_attrs=standby {account}"
        with pytest.raises(DatabaseUnavailable, match="not what target_session_attrs=standby asks for"):
            async with connect(wrong):
                pass
