"""The address of a card holder, as whoever waits for it sees it."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from provisioning.twin.card_holder import listen


def test_who_sees_a_card_holder_s_address_may_connect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tmp_path / "cards.sock"
    start, seen = asyncio.start_unix_server, []

    async def slow(*arguments: Any) -> asyncio.Server:
        seen.append(address.exists())
        server = await start(*arguments)
        seen.append(address.exists())
        return server

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    async def connect() -> None:
        server = await listen(serve, address)
        reader, writer = await asyncio.open_unix_connection(str(address))
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()

    monkeypatch.setattr(asyncio, "start_unix_server", slow)

    asyncio.run(connect())

    # Neither while it is being opened nor before it listens.
    assert seen == [False, False]
    assert stat.S_IMODE(address.stat().st_mode) == 0o600
