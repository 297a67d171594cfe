"""The work folder beside the output: a manifest of what is being done, and one file for each finished part."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from scamcheck.batch.errors import BatchError, cannot_write

_MANIFEST = "manifest.json"
_META = b"scamcheck"
_WHAT = {
    "inputs": ("输入文件", "the input"), "rules": ("规则", "the rules"), "model": ("模型", "the model"), "options": ("选项", "the options"),
    "scamcheck": ("scamcheck 的版本", "scamcheck's version"), "format": ("scamcheck 的版本", "scamcheck's version"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A finished part: rows read into it, rows kept in it, and counts by 'label risk' over all rows read."""

    number: int
    rows: int
    kept: int
    counts: Mapping[str, int]
    odd: int  # messages with U+FFFD: bytes that did not fit the encoding


class WorkFolder:
    """`OUTPUT.parts`. Use within `locked`."""

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(output.name + ".parts")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The folder made, and held against a second run for the same output."""
        import filelock

        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from None
        lock = filelock.FileLock(self.path / "lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise BatchError(
                f"另一个 scamcheck batch 正在写同一个输出 (见 {self.path}); 等它结束, 或换一个输出文件名",
                f"another scamcheck batch is writing the same output (see {self.path}); wait for it or choose another output",
            ) from None
        except OSError as error:
            raise cannot_write(self.path, error) from None
        try:
            yield
        finally:
            lock.release()

    def agree(self, manifest: Mapping[str, Any], *, restart: bool) -> bool:
        """Start the folder, or take up what is in it if it was started for the same; True if it was.

        Raises `BatchError` naming what changed, unless `restart` throws the old parts away.
        """
        known = self._manifest()
        if known is not None and not restart:
            changed = [key for key in _WHAT if known.get(key) != manifest.get(key)]
            if changed:
                zh = "、".join(dict.fromkeys(_WHAT[key][0] for key in changed))
                en = " and ".join(dict.fromkeys(_WHAT[key][1] for key in changed))
                raise BatchError(
                    f"{self.path} 里有上次没做完的结果, 但{zh}变了, 不能接着做; 加 --restart 从头开始, 或恢复原样再运行",
                    f"{self.path} holds an unfinished run, but {en} changed since; add --restart to begin anew, or restore what it was",
                )
            return True
        for part in self.path.glob("[0-9]*"):
            part.unlink()
        write_durably(self.path / _MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        return False

    def _manifest(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.path / _MANIFEST).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else {}

    def part(self, number: int) -> Path:
        return self.path / f"{number:09d}.arrow"

    def finished(self, number: int, digest: str) -> PartInfo | None:
        """The part if it is there, whole, and made from the input with this digest."""
        try:
            with pa.memory_map(str(self.part(number))) as raw:
                meta = pa.ipc.open_file(raw).schema.metadata or {}
        except (OSError, pa.ArrowInvalid):
            return None
        found = json.loads(meta.get(_META, b"{}"))
        return PartInfo(**found["info"]) if found.get("digest") == digest else None

    def read(self, number: int) -> pa.RecordBatch:
        with pa.OSFile(str(self.part(number))) as raw:
            return pa.ipc.open_file(raw).get_batch(0)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def write_part(path: Path, batch: pa.RecordBatch, info: PartInfo, digest: str) -> None:
    """The part, whole or not at all."""
    about = {
        "digest": digest,
        "info": {
            "number": info.number, "rows": info.rows, "kept": info.kept, "counts": dict(sorted(info.counts.items())), "odd": info.odd,
        },
    }  # fmt: skip
    schema = batch.schema.with_metadata({_META: json.dumps(about).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    write_durably(path, sink.getvalue())


def write_durably(path: Path, content: Any) -> None:
    """`content` under `path`, on the disk when this returns, and never half of it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` last through a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def totals(parts: Iterator[PartInfo] | list[PartInfo]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for part in parts:
        counted.update(part.counts)
    return counted
