"""Whole runs: nothing lost, the same bytes whatever happens on the way, and plain words where it cannot go on."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import scamcheck
from scamcheck.batch import BatchError
from scamcheck.batch.run import Summary
from scamcheck.batch.workers import Workers
from tests.batch.conftest import PLAIN, SCAM, command

Batch = Callable[..., Summary]


def log(path: Path, rows: int, encoding: str = "gb18030") -> Path:
    """A log with every kind of trouble: quotes, line ends, rows too long, an open quote."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["编号", "手机号", "短信内容"])
        for number in range(rows):
            text = [SCAM, PLAIN, f'第{number}条, “引号”"x"\n第二行', f"先垫付{number}元 电话13800138000"][number % 4]
            writer.writerow([f"{number:07d}", "013800000000", text])
            if number % 50 == 7:
                stream.write(f'{number},多,了,一,段\n{number},0,"没有收尾的引号\n')
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rows_keep_their_order_and_verdicts_and_none_is_lost(
    tmp_path: Path, batch: Batch, quick: scamcheck.Classifier
) -> None:
    source = log(tmp_path / "log.csv", 500)
    summary = batch(source, tmp_path / "out.csv", workers=2, part_rows=60)
    rows = read(tmp_path / "out.csv")
    assert (summary.rows, summary.written, summary.rejected) == (520, 510, 10)
    assert [row["编号"] for row in rows if len(row["编号"]) == 7] == [f"{number:07d}" for number in range(500)]
    for row in rows:
        verdict = quick.classify(row["短信内容"])
        assert (row["scam_label"], row["scam_risk"], float(row["scam_score"])) == (
            verdict.label,
            verdict.risk,
            verdict.score,
        )
        assert row["手机号"] in ("013800000000", "0")
    rejects = [json.loads(line) for line in (tmp_path / "out.csv.rejects.jsonl").read_text("utf-8").splitlines()]
    lines = source.read_text("gb18030").splitlines()
    assert len(rejects) == 10 and all(",多,了,一,段" in lines[item["line"] - 1] for item in rejects)
    assert rejects[0]["reason"] == "有 5 个字段, 表头是 3 列" and rejects[0]["file"] == str(source)
    assert rejects[0]["row"] == "7,多,了,一,段"
    assert summary.counts == {"law_enforcement medium": 250, "benign none": 260}
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.csv", "out.csv.rejects.jsonl"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_number_of_workers_does_not_matter(tmp_path: Path, batch: Batch, suffix: str) -> None:
    source = log(tmp_path / "log.csv", 300)
    outputs = []
    for workers in (1, 3):
        batch(source, tmp_path / f"{workers}.{suffix}", workers=workers, part_rows=40)
        outputs.append((tmp_path / f"{workers}.{suffix}").read_bytes())
    assert outputs[0] == outputs[1]


def test_min_risk_top_and_masks(tmp_path: Path, batch: Batch) -> None:
    source = log(tmp_path / "log.csv", 200)
    summary = batch(source, tmp_path / "risk.csv", min_risk="medium", part_rows=30)
    rows = read(tmp_path / "risk.csv")
    assert {row["scam_risk"] for row in rows} == {"medium"} and len(rows) == 100 == summary.written
    assert summary.rows == summary.written + summary.left_out + summary.rejected
    assert [row["编号"] for row in rows] == sorted(row["编号"] for row in rows)

    summary = batch(source, tmp_path / "top.csv", top=30, part_rows=20, mask="text")
    best = read(tmp_path / "top.csv")
    everything = batch(source, tmp_path / "all.csv") and read(tmp_path / "all.csv")
    expected = sorted(everything, key=lambda row: -float(row["scam_score"]))[:30]
    assert [row["编号"] for row in best] == [row["编号"] for row in expected]
    assert summary.left_out == len(everything) - 30
    assert "13800138000" in str(everything) and "13800138000" not in str(best) and "138****8000" in str(best)


def test_folder_of_mixed_files_to_parquet(tmp_path: Path, batch: Batch) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    log(folder / "b.csv", 10)
    (folder / "a.jsonl").write_text(json.dumps({"编号": "x", "短信内容": SCAM, "n": 5}) + "\n")
    batch(folder, folder / "out.parquet")
    batch(folder, folder / "out.parquet")  # its own result is no input
    table = pq.read_table(folder / "out.parquet")
    assert table.num_rows == 12 and table["source"].to_pylist()[:2] == [str(folder / "a.jsonl"), str(folder / "b.csv")]
    assert table["n"].to_pylist()[:2] == [5, None] and b"scamcheck" in table.schema.metadata


def test_empty_parquet_and_messages_that_are_missing(tmp_path: Path, batch: Batch) -> None:
    import pyarrow as pa

    table = pa.table({"text": [SCAM, None]})
    pq.write_table(table.slice(0, 0), tmp_path / "none.parquet")
    assert batch(tmp_path / "none.parquet", tmp_path / "out.csv").rows == 0
    assert read(tmp_path / "out.csv") == []
    pq.write_table(table, tmp_path / "two.parquet")
    assert batch(tmp_path / "two.parquet", tmp_path / "out.jsonl").counts == {"law_enforcement medium": 1, "- -": 1}


# Interrupted runs ----------------------------------------------------------------------------------------------------


@pytest.fixture
def killed(tmp_path: Path, rules: Path) -> Iterator[Callable[[Path, Path], list[Path]]]:
    """Start the command, kill -9 it after some parts, and give the parts it had finished."""
    started: list[subprocess.Popen[bytes]] = []

    def call(source: Path, output: Path) -> list[Path]:
        process = subprocess.Popen(
            [sys.executable, "-m", "scamcheck.cli.main", "batch", *arguments(source, output, rules)]
        )
        started.append(process)
        parts = output.with_name(output.name + ".parts")
        wait_for(lambda: len(list(parts.glob("*.arrow"))) >= 3 or process.poll() is not None)
        children = [child for first in children_of(process.pid) for child in (first, *children_of(first))]
        process.kill()
        process.wait()
        assert process.returncode == -signal.SIGKILL and not output.exists()
        wait_for(lambda: not any(alive(child) for child in children))  # workers leave with their parent
        return sorted(parts.glob("*.arrow"))

    yield call
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def arguments(source: object, output: Path, rules: Path, *more: str) -> list[str]:
    return [str(source), str(output), "--rules", str(rules), "--no-model", "--part-rows", "50", "--workers", "2", *more]


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="watches processes through /proc")


@linux
def test_kill_9_and_the_same_command_again(
    tmp_path: Path, rules: Path, batch: Batch, killed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = log(tmp_path / "log.csv", 20_000)
    output = tmp_path / "out.csv"
    finished = killed(source, output)
    finished[0].write_bytes(b"ARROW1 half a file")  # as a dying disk might leave it
    given_out: list[int] = []
    submit = Workers.submit
    monkeypatch.setattr(Workers, "submit", lambda self, task: (given_out.append(task.number), submit(self, task))[1])
    whole = batch(source, tmp_path / "whole.csv", part_rows=50)
    parts, given_out[:] = len(given_out), []
    resumed = batch(source, output, part_rows=50, workers=2)
    assert len(finished) >= 3 and len(given_out) == parts - len(finished) + 1 and int(finished[0].stem) in given_out
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "out.csv.rejects.jsonl").read_bytes() == (tmp_path / "whole.csv.rejects.jsonl").read_bytes()
    assert (resumed.counts, resumed.rows) == (whole.counts, whole.rows)
    assert not (tmp_path / "out.csv.parts").exists()


@linux
def test_changes_in_between_are_refused(tmp_path: Path, rules: Path, killed: Any) -> None:
    source = log(tmp_path / "log.csv", 20_000)
    output = tmp_path / "out.csv"
    killed(source, output)
    rule = rules / "test.yaml"
    known = rule.read_text("utf-8")
    rule.write_text(known.replace("垫付", "代付"), "utf-8")
    done = command(*arguments(source, output, rules))
    assert done.returncode == 2 and "规则变了" in done.stderr.decode() and "--restart" in done.stderr.decode()
    rule.write_text(known, "utf-8")
    done = command(*arguments(source, output, rules, "--min-risk", "high", "--lang", "en"))
    assert done.returncode == 2 and b"but the options changed since; add --restart" in done.stderr
    content = source.read_bytes()
    source.write_bytes(content.replace(b"0000001", b"0000009"))
    assert "输入文件变了" in command(*arguments(source, output, rules)).stderr.decode() and not output.exists()
    assert command(*arguments(source, output, rules, "--restart")).returncode == 0
    assert "0000009" in output.read_text("utf-8-sig") and not (tmp_path / "out.csv.parts").exists()


@linux
@pytest.mark.parametrize("generation", [1, 2])
def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, rules: Path, batch: Batch, generation: int) -> None:
    source = log(tmp_path / "log.csv", 20_000)
    output = tmp_path / "out.csv"
    process = subprocess.Popen(
        [sys.executable, "-m", "scamcheck.cli.main", "batch", *arguments(source, output, rules)], stdout=subprocess.PIPE
    )
    parts = tmp_path / "out.csv.parts"
    wait_for(lambda: len(list(parts.glob("*.arrow"))) >= 3 or process.poll() is not None)
    workers = [pid for pid in children_of(process.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[-1] if generation == 1 else children_of(workers[-1])[0], signal.SIGKILL)
    assert process.wait(300) == 0 and process.stdout is not None
    process.stdout.close()
    batch(source, tmp_path / "whole.csv", part_rows=50)
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_two_runs_for_one_output(tmp_path: Path, batch: Batch) -> None:
    import filelock

    source = log(tmp_path / "log.csv", 10)
    (tmp_path / "out.csv.parts").mkdir()
    with (
        filelock.FileLock(tmp_path / "out.csv.parts" / "lock"),
        pytest.raises(BatchError, match="another scamcheck batch"),
    ):
        batch(source, tmp_path / "out.csv")


def test_standard_input(tmp_path: Path, rules: Path) -> None:
    content = log(tmp_path / "log.csv", 100).read_bytes()
    done = command(*arguments("-", tmp_path / "out.csv", rules), input=content)
    assert done.returncode == 0, done.stderr.decode()
    assert len(read(tmp_path / "out.csv")) == 102


def test_input_changed_while_it_is_read(tmp_path: Path, batch: Batch) -> None:
    source = log(tmp_path / "log.csv", 400)

    def add(_: int) -> None:
        with source.open("ab") as stream:
            stream.write(b"9,9,9\n")

    with pytest.raises(BatchError, match="was changed while it was read"):
        batch(source, tmp_path / "out.csv", part_rows=50, progress=add)
    assert not (tmp_path / "out.csv").exists()


# What cannot work ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting is not permitted")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_full_disk(tmp_path: Path, rules: Path, batch: Batch, small_disk: Path, suffix: str) -> None:
    source = log(tmp_path / "log.csv", 6_000)
    output = small_disk / f"out.{suffix}"
    done = command(*arguments(source, output, rules))
    assert done.returncode == 2 and "磁盘已满" in done.stderr.decode() and b"Traceback" not in done.stderr
    assert not output.exists() and not list(small_disk.rglob("*.tmp"))
    subprocess.run(["mount", "-o", "remount,size=20m", small_disk], check=True)
    assert command(*arguments(source, output, rules)).returncode == 0
    batch(source, tmp_path / f"whole.{suffix}", part_rows=50)
    assert output.read_bytes() == (tmp_path / f"whole.{suffix}").read_bytes()


@contextmanager
def nobody() -> Iterator[None]:
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="becomes another user")
def test_no_permission(tmp_path: Path, batch: Batch) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    source = log(tmp_path / "log.csv", 10)
    batch(source, tmp_path / "first.csv")  # all modules are loaded and the rules compiled
    with nobody(), pytest.raises(BatchError, match="no permission to write"):
        batch(source, tmp_path / "out.csv")
    source.chmod(0)
    with nobody(), pytest.raises(BatchError, match="no permission to read"):
        batch(source, tmp_path / "out.csv")


ERRORS = [
    # (arguments, words in Chinese, words in English)
    (["{log}", "{tmp}/out.doc"], "请以 .parquet", "end its name in one of"),
    (["{log}", "{tmp}/none/out.csv"], "所在的文件夹不存在", "does not exist; create it first"),
    (["{log}", "{tmp}"], "不会写", "cannot write"),
    (["{tmp}/none.csv", "{tmp}/out.csv"], "找不到", "does not exist; check the path"),
    (["{log}", "{log}"], "既是输入又是输出", "is input and output"),
    (
        ["{log}", "{tmp}/out.csv", "--text", "正文"],
        "没有名为 正文 的列; 有: 编号、手机号、短信内容",
        "it has 编号, 手机号, 短信内容",
    ),
    (["{log}", "-", "{tmp}/out.csv"], "不能和文件一起用", "cannot be mixed"),
    (
        ["{log}", "{tmp}/out.csv", "--input-encoding", "klingon"],
        "没有叫 klingon 的编码",
        "there is no encoding klingon",
    ),
    (["{log}", "{tmp}/out.csv", "--delimiter", "::"], "只能是一个字符", "a single character"),
    (["{log}", "{tmp}/out.csv", "--model", "m"], "不能同时用", "contradict"),
]


@pytest.mark.parametrize(("given", "zh", "en"), ERRORS, ids=[" ".join(case[0]) for case in ERRORS])
def test_wrong_calls_are_one_sentence_and_leave_nothing(
    tmp_path: Path,
    rules: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: list[str],
    zh: str,
    en: str,
) -> None:
    from scamcheck.cli.main import main

    log(tmp_path / "log.csv", 5)
    names = [item.format(log=tmp_path / "log.csv", tmp=tmp_path) for item in given]
    before = sorted(tmp_path.rglob("*"))
    for lang, words in (("zh", zh), ("en", en)):
        monkeypatch.setattr(
            sys, "argv", ["scamcheck", "batch", *names, "--no-model", "--rules", str(rules), "--lang", lang]
        )
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 2
        out, err = capsys.readouterr()
        assert words in err and not out and "Traceback" not in err
    assert sorted(tmp_path.rglob("*")) == before


def test_disk_errors_have_their_sentences() -> None:
    from scamcheck.batch.errors import cannot_read, cannot_write

    assert "磁盘已满" in cannot_write("x", OSError(errno.EDQUOT, "quota")).zh
    assert "no permission" in cannot_write("x", OSError(errno.EROFS, "read-only")).en
    assert "check the disk" in cannot_write("x", OSError(errno.EIO, "I/O error")).en
    assert "I/O error" in cannot_read("x", OSError(errno.EIO, "I/O error")).zh
