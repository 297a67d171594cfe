"""The desk measured from outside: a real `scamcheck serve` on loopback, called by programs at full speed and by a browser.

    python benchmarks/serve.py [--connections 200] [--seconds 60]

Prints one table. `load` keeps that many connections busy; `overload` is more than the server admits; `after` shows whether it is itself
again. Callers run in a process of their own; a quiet second caller, one request every 50 ms, notes how long a verdict and a refusal (429 or
503) take to come meanwhile. `page` is Chromium opening the first page and asking for a verdict (needs playwright
and /usr/bin/chromium, left out otherwise). All share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent))
from inbox import messages

SCAMCHECK = str(Path(sys.executable).with_name("scamcheck"))
CHROMIUM = Path("/usr/bin/chromium")
OVERLOAD = 900  # connections
Answers = dict[str, list[float]]  # seconds by kind: verdict, refused, or what else there was
TEXT = "我是京东客服，您的学生白条账户违规，不注销影响征信，请转到监管账户清零。"


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


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> str:
    """Send one request and read its answer; what kind it was."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    await reader.readexactly(int(length[1]) if length else 0)
    status = int(head.split(b" ", 2)[1])
    return {200: "verdict", 429: "refused", 503: "refused"}.get(status, str(status))


async def caller(port: int, work: list[bytes], end: float, pause: float, answers: Answers) -> None:
    """Call until `end`; a refusal is followed by another try at once, which is worse than any client should behave."""
    chance = random.Random()
    while time.perf_counter() < end:
        start = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError as error:
            answers[type(error).__name__].append(time.perf_counter() - start)
            await asyncio.sleep(0.05)
            continue
        try:
            while time.perf_counter() < end:
                start = time.perf_counter()
                kind = await exchange(reader, writer, chance.choice(work))
                answers[kind].append(time.perf_counter() - start)
                await asyncio.sleep(pause or (0 if kind == "verdict" else 0.01))
        except (OSError, asyncio.IncompleteReadError) as error:
            answers[type(error).__name__].append(time.perf_counter() - start)
        finally:
            writer.close()


def call(port: int, connections: int, seconds: float, pause: float) -> Answers:
    """The answers to that many callers; runs in a process of its own."""
    work = requests(2_000)

    async def all_callers() -> Answers:
        answers: Answers = defaultdict(list)
        end = time.perf_counter() + seconds
        await asyncio.gather(*(caller(port, work, end, pause, answers) for _ in range(connections)))
        return dict(answers)

    return asyncio.run(all_callers())


def load(name: str, port: int, connections: int, seconds: float, server: psutil.Process) -> None:
    """One line of the table."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        busy = processes.submit(call, port, connections, seconds, 0)
        quiet = processes.submit(call, port, 1, seconds, 0.05)
        memory = [server.memory_info().rss / 2**20]
        while not busy.done():
            time.sleep(min(1, seconds / 6))
            memory.append(server.memory_info().rss / 2**20)
        answers, noted = busy.result(), quiet.result()
    refused = len(answers.get("refused", ()))
    verdicts = answers.get("verdict", [])
    other = {kind: len(times) for kind, times in answers.items() if kind not in ("verdict", "refused")}
    print(
        f"| {name} | {connections} | {seconds:g} s | {len(verdicts) / seconds:,.0f} | {percentiles(verdicts)} | {refused / seconds:,.0f} | "
        f"{percentiles(noted.get('verdict', []))} | {percentiles(noted.get('refused', []))} | {', '.join(f'{count} {kind}' for kind, count in other.items()) or 'none'} | "
        f"{memory[0]:.0f} / {max(memory):.0f} / {memory[-1]:.0f} |",
        flush=True,
    )


def percentiles(seconds: Sequence[float]) -> str:
    """p50 / p99 in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return "-"
    return " / ".join(f"{1e3 * ordered[int(share * (len(ordered) - 1))]:,.0f}" for share in (0.5, 0.99))


def page(port: int, times: int = 20) -> None:
    """First paint of the first page, and from the button to the verdict drawn, in a browser that caches nothing between pages."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return
    if not CHROMIUM.exists():
        return
    paints, verdicts = [], []
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for turn in range(times + 1):
            context = browser.new_context()
            tab = context.new_page()
            tab.goto(f"http://127.0.0.1:{port}/", wait_until="load")
            paint = tab.evaluate(PAINT)
            tab.locator("#text").fill(TEXT)
            verdict = tab.evaluate(ASK)
            context.close()
            if turn:  # the first one warms the browser
                paints.append(paint / 1e3)
                verdicts.append(verdict / 1e3)
        browser.close()
    print(f"\n| browser, {times} times, ms | least / p50 / p99 |\n|---|---|")
    for name, seconds in (("first paint of the page", paints), ("from the button to the verdict on screen", verdicts)):
        print(f"| {name} | {1e3 * min(seconds):,.0f} / {percentiles(seconds)} |")


PAINT = """() => new Promise(done => {
  new PerformanceObserver((_, seen) => {
    for (const entry of performance.getEntriesByName('first-contentful-paint')) { seen.disconnect(); done(entry.startTime); }
  }).observe({type: 'paint', buffered: true});
})"""
ASK = """() => new Promise(done => {
  const start = performance.now();
  new MutationObserver((_, seen) => {
    if (document.querySelector('.verdict')) {
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
    }
  }).observe(document.body, {childList: true, subtree: true});
  document.querySelector('form button.main').click();
})"""


def run(connections: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [SCAMCHECK, "serve", "--port", "0", "--database", f"{folder}/desk.db", "--overlay", f"{folder}/rules"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                assert process.stdout is not None
                found = re.search(r":(\d+)/ ", process.stdout.readline())
                assert found, "the server did not start"
                port, server = int(found[1]), psutil.Process(process.pid)
                if seconds:
                    under_load(port, connections, seconds, server)
                page(port)
            finally:
                process.kill()


def under_load(port: int, connections: int, seconds: float, server: psutil.Process) -> None:
    print(
        "| | connections | time | verdicts/s | verdict ms, p50 / p99 | refusals/s | quiet caller's verdict ms | its refusal ms | errors | "
        "memory MiB, first / most / last |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    load("warm", port, 10, 3, server)
    load("load", port, connections, seconds, server)
    load("overload", port, OVERLOAD, min(15, seconds), server)
    load("after", port, 10, 3, server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60, help="of the load; 0 for the browser alone")
    arguments = parser.parse_args()
    run(arguments.connections, arguments.seconds)


if __name__ == "__main__":
    main()
