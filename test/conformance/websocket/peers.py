"""The server and an independent client, Debian's python3-websockets: as peers.mjs. ECHO_BIN names the server."""

import asyncio
import os
import subprocess

import websockets

SIZES = [0, 1, 125, 126, 127, 1000, 65_535, 65_536, 1_000_000]


def content(size: int) -> bytes:
    return bytes((i * 7 + (i >> 8)) & 0xFF for i in range(size))


async def echoes(url: str, compression: str | None) -> None:
    async with websockets.connect(url, compression=compression, max_size=None) as socket:
        assert bool(socket.extensions) == bool(compression)
        for size in SIZES:
            await socket.send(content(size))
            assert await socket.recv() == content(size), f"{size} bytes, compression {compression}"
        whole = content(100_000)
        await socket.send(whole[at : at + 7_001] for at in range(0, len(whole), 7_001))
        assert await socket.recv() == whole, "fragments"
        await (await socket.ping(b"are you there"))
    assert socket.close_code == 1000


async def is_closed(url: str) -> None:
    async with websockets.connect(url) as socket:
        await socket.send(b"close")
        try:
            await socket.recv()
        except websockets.ConnectionClosed as closed:
            assert (closed.code, closed.reason) == (4001, "as you wish")
        else:
            raise AssertionError("it was not closed")


async def main() -> None:
    with subprocess.Popen([os.environ["ECHO_BIN"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            url = f"ws://{server.stdout.readline().strip()}/"
            for compression in (None, "deflate"):
                await echoes(url, compression)
            await is_closed(url)
        finally:
            server.stdin.close()


asyncio.run(main())
print("3 passed")
