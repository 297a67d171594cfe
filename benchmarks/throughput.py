"""Messages a second, start-up and memory of scamcheck and of what people use now: one run, one machine, the same messages.

Peers are trained in the run on the project's corpus (`pip install -e '.[bench]'`). Every contender has a process of its own, loaded
one after the other; then they take turns on the same parts of the file, so that a busy machine slows all alike. Rates are by processor
time (all threads), but for two processes, which are timed by the clock against one.

    python benchmarks/throughput.py                    100,000 messages of each file
    python benchmarks/throughput.py --messages 10000   a look in a few minutes
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contenders import CONTENDERS, train
from inbox import messages

PARTS = 20
SLOW = {
    "jieba": 10,
    "jieba-one": 20,
    "rjieba": 4,
    "characters": 4,
    "patterns": 4,
}  # judge one in so many, rates being the same
FILES = (("no duplicates", 0.0), ("30 % duplicates", 0.3))


class Process:
    """One contender at work."""

    def __init__(self, name: str, folder: Path, file: Path) -> None:
        self.name = name
        here = Path(__file__).parent
        start = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(here / "contenders.py"), name, str(folder), str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        ready = self._read().split()
        self.startup = time.perf_counter() - start
        self.loaded = self.peak = int(ready[1])
        self.cpu = self.wall = 0.0
        self.count = 0
        self.latencies: list[float] = []

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended; run `python benchmarks/contenders.py {self.name} …` to see why")
        return line

    def ask(self, first: int, count: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{first} {count}\n")
        self._process.stdin.flush()
        self.count += count

    def answer(self) -> None:
        data = json.loads(self._read())
        self.cpu += data["cpu"]
        self.wall += data["wall"]
        self.peak = data["peak"]
        self.latencies += data["latencies"]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    @property
    def rate(self) -> float:
        return self.count / self.cpu


def bare() -> tuple[float, int]:
    """Seconds and kilobytes of an interpreter that does nothing."""
    code = "print(next((l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS:')), 0))"
    times, size = [], 0
    for _ in range(5):
        start = time.perf_counter()
        size = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)
        times.append(time.perf_counter() - start)
    return min(times), size


def startup(name: str, folder: Path, file: Path, runs: int = 3) -> float:
    """Seconds from the start of a process to its first answer, the least of several."""
    times = []
    for _ in range(runs):
        process = Process(name, folder, file)
        process.close()
        times.append(process.startup)
    return min(times)


def two_processes(folder: Path, file: Path, count: int) -> tuple[float, float]:
    """Messages a second by the clock of one process, and of two that share the messages."""
    workers = [Process("many", folder, file) for _ in range(2)]
    half = count // 2
    start = time.perf_counter()
    workers[0].ask(0, count)
    workers[0].answer()
    one = time.perf_counter() - start
    start = time.perf_counter()
    for number, worker in enumerate(workers):
        worker.ask(number * half, half)
    for worker in workers:
        worker.answer()
        worker.close()
    return count / one, 2 * half / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        missing = train(folder)
        print(f"peers trained on the corpus in {time.perf_counter() - started:.0f} s", flush=True)
        names = [name for name in CONTENDERS if name not in missing]
        idle_seconds, idle_size = bare()
        for title, duplicates in FILES:
            texts = messages(options.messages, duplicates=duplicates)
            file = folder / "messages.json"
            file.write_text(json.dumps(texts, ensure_ascii=False), "utf-8")
            lengths = [len(text) for text in texts]
            print(f"\n{len(texts):,} messages, {title}, {statistics.mean(lengths):.0f} characters on average")
            starts = {name: startup(name, folder, file) - idle_seconds for name in names} if not duplicates else {}
            workers = {name: Process(name, folder, file) for name in names}
            size = len(texts) // PARTS
            for part in range(PARTS):
                for name, worker in workers.items():
                    worker.ask(part * size, size // SLOW.get(name, 1))
                    worker.answer()
            print(f"{'':47} {'messages/s':>10} {'x a':>6} {'x a′':>6} {'p50 µs':>7} {'p99 µs':>7} {'load MB':>8} {'peak MB':>8} {'start s':>8}")  # fmt: skip
            for name, worker in workers.items():
                latency = ["", ""]
                if worker.latencies:
                    quantiles = statistics.quantiles(worker.latencies, n=100)
                    latency = [f"{quantiles[49] * 1e6:.0f}", f"{quantiles[98] * 1e6:.0f}"]
                start = f"{starts[name]:.2f}" if name in starts else ""
                print(
                    f"{CONTENDERS[name][0]:47} {worker.rate:10,.0f} {worker.rate / workers['jieba'].rate:6.1f} "
                    f"{worker.rate / workers['jieba-one'].rate:6.1f} {latency[0]:>7} {latency[1]:>7} "
                    f"{(worker.loaded - idle_size) / 1024:8.0f} {(worker.peak - idle_size) / 1024:8.0f} {start:>8}",
                    flush=True,
                )
                worker.close()
            one, two = two_processes(folder, file, min(len(texts), 20_000))
            print(f"i   two processes: {two:,.0f} messages/s by the clock, {two / one:.2f} times one of them")
        for name, why in missing.items():
            print(f"not measured: {name} ({why}); pip install -e '.[bench]'")


if __name__ == "__main__":
    main()
