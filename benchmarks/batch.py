"""A CSV log scored end to end: `scamcheck batch` beside a plain pandas + joblib + jieba/scikit-learn script, one after the other in one run.

The script labels each message; scamcheck also explains the flagged ones, writes parts it can resume from and checks its row counts.
Memory is that of all processes together (pages they share counted once), sampled; processor time is theirs too. Linux.

    python benchmarks/batch.py                                              a million rows
    python benchmarks/batch.py --rows 50000                                 a look in a few minutes
    python benchmarks/batch.py --rows 2000000 --duplicates 0.9999 --alone   memory of a long run
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from contenders import jieba_words
from inbox import messages

TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    seconds: float
    cpu: float
    peak_early: int  # bytes, in the first half of the samples
    peak: int


def run(call: list[str]) -> Cost:
    """Run a command in a session of its own and watch all of its processes."""
    begun = time.monotonic()
    process = subprocess.Popen(call, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    cpu: dict[str, int] = {}
    sizes: list[int] = []
    while process.poll() is None:
        sizes.append(sample(process.pid, cpu))
        time.sleep(0.5)
    if process.returncode:
        assert process.stderr is not None
        raise SystemExit(process.stderr.read().decode("utf-8", "replace"))
    middle = len(sizes) // 2 + 1
    return Cost(time.monotonic() - begun, sum(cpu.values()) / TICK, max(sizes[:middle]), max(sizes))


def sample(session: int, cpu: dict[str, int]) -> int:
    """Bytes of memory a session holds now; `cpu` gets the ticks each process has used so far."""
    size = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                cpu[folder.name] = int(fields[11]) + int(fields[12])
                lines = (folder / "smaps_rollup").read_text().splitlines()
                size += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except OSError:
            continue  # ended meanwhile
    return size


def write_log(path: Path, rows: int, duplicates: float) -> None:
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["sender", "time", "content"])
        for number, text in enumerate(messages(rows, duplicates=duplicates)):
            writer.writerow([f"000{number:08}", f"2026-11-{number % 28 + 1:02} 10:00:00", text])


def fit(path: Path) -> None:
    """The script's model, trained on the project's corpus."""
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from scamcheck.model.corpus import expand_all, read_corpus, read_slots
    from scamcheck.resources import rules_directory

    corpus = rules_directory().parent / "corpus"
    known = expand_all(read_corpus(corpus), read_slots(corpus), copies=3)
    vectorizer = TfidfVectorizer(tokenizer=jieba_words, token_pattern=None, lowercase=False)
    model = make_pipeline(vectorizer, LogisticRegression(max_iter=300))
    model.fit([item.text for item in known], ["scam" if item.record.scam else "benign" for item in known])
    joblib.dump(model, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--duplicates", type=float, default=0.3, help="share of rows that repeat an earlier message")
    parser.add_argument("--alone", action="store_true", help="leave the plain script out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, here = Path(name), Path(__file__).parent
        log, model = folder / "log.csv", folder / "model.joblib"
        write_log(log, options.rows, options.duplicates)
        calls = {
            "scamcheck batch": [
                sys.executable,
                "-m",
                "scamcheck.cli.main",
                "batch",
                str(log),
                str(folder / "scored.csv"),
            ]
        }
        if not options.alone:
            fit(model)
            script = here / "plain_script.py"
            calls["plain script"] = [
                sys.executable,
                "-W",
                "ignore",
                str(script),
                str(model),
                str(log),
                str(folder / "plain.csv"),
            ]
        print(f"{options.rows:,} rows, {options.duplicates:.0%} duplicates, {os.cpu_count()} cores")
        print(
            f"{'':16} {'rows/s':>9} {'rows/cpu s':>11} {'seconds':>8} {'peak MB, first half':>20} {'whole run':>10}",
            flush=True,
        )
        costs = {}
        for title, call in calls.items():
            cost = costs[title] = run(call)
            print(
                f"{title:16} {options.rows / cost.seconds:9,.0f} {options.rows / cost.cpu:11,.0f} {cost.seconds:8,.0f} "
                f"{cost.peak_early / 1e6:20,.0f} {cost.peak / 1e6:10,.0f}",
                flush=True,
            )
        if not options.alone:
            ours, theirs = costs["scamcheck batch"], costs["plain script"]
            print(
                f"scamcheck batch is {theirs.seconds / ours.seconds:.2f} × the script by the clock, {theirs.cpu / ours.cpu:.2f} × by processor time"
            )


if __name__ == "__main__":
    main()
