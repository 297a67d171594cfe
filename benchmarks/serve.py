"""The API under load: a real `scamcheck serve` on loopback, many connections at full speed, then more than it can take.

    python benchmarks/serve.py [--connections 200] [--seconds 60]

Prints requests a second, errors, latency percentiles and the server's memory over time; then what an overloaded server answers, and
whether it is itself again afterwards. Client and server share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent))
from inbox import messages

SCAMCHECK = str(Path(sys.executable).with_name("scamcheck"))


def requests(count: int) -> list[bytes]:
    """HTTP requests for messages of a realistic inbox."""
    found = []
    for text in messages(count):
        body = json.dumps({"text": text}, ensure_ascii=False).encode()
        found.append(
            b"POST /v1/classify HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
            % (len(body), body)
        )
    return found


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send one request and read its answer; the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head.split(b" ", 2)[1])


async def caller(port: int, work: list[bytes], end: float, times: list[float], statuses: Counter[str]) -> None:
    chance = random.Random(id(times) ^ len(statuses))
    while time.perf_counter() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError as error:
            statuses[type(error).__name__] += 1
            await asyncio.sleep(0.05)
            continue
        try:
            while time.perf_counter() < end:
                start = time.perf_counter()
                status = await exchange(reader, writer, chance.choice(work))
                times.append(time.perf_counter() - start)
                statuses[str(status)] += 1
                if status != 200:
                    await asyncio.sleep(0.01)
        except (OSError, asyncio.IncompleteReadError) as error:
            statuses[type(error).__name__] += 1
        finally:
            writer.close()


async def load(port: int, connections: int, seconds: float, work: list[bytes], server: psutil.Process) -> None:
    times: list[float] = []
    statuses: Counter[str] = Counter()
    start = time.perf_counter()
    tasks = [asyncio.create_task(caller(port, work, start + seconds, times, statuses)) for _ in range(connections)]
    memory = []
    while time.perf_counter() < start + seconds:
        await asyncio.sleep(min(5.0, seconds / 6))
        memory.append(server.memory_info().rss / 2**20)
    await asyncio.gather(*tasks)
    ordered = sorted(times)
    p50, p99 = (1e3 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    print(
        f"{connections} connections, {seconds:g} s: {len(times) / seconds:,.0f} requests/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
        f"answers {dict(statuses)}"
    )
    print("server memory, MiB: " + " ".join(f"{value:.0f}" for value in memory))


async def run(arguments: argparse.Namespace) -> None:
    work = requests(5_000)
    with tempfile.TemporaryDirectory() as folder:
        command = [SCAMCHECK, "serve", "--port", "0", "--database", f"{folder}/desk.db", "--overlay", f"{folder}/rules"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                assert process.stdout is not None
                found = re.search(r":(\d+)/ ", process.stdout.readline())
                assert found, "the server did not start"
                port, server = int(found[1]), psutil.Process(process.pid)
                await load(port, 10, 2, work, server)  # warm
                await load(port, arguments.connections, arguments.seconds, work, server)
                print("overload: more connections than it admits at once")
                await load(port, 900, min(10, arguments.seconds), work, server)
                print("afterwards")
                await load(port, 10, 3, work, server)
            finally:
                process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
