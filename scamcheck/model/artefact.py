"""The model on disk: manifest.json, terms.json and weights.npz. Data only; loading never unpickles or executes anything."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scamcheck.errors import ModelError
from scamcheck.taxonomy import CODES

FORMAT = 2
KIND = "scamcheck-term-model"
FILES = ("terms.json", "weights.npz")
_ARRAYS = ("idf", "coef", "intercept", "class_coef", "class_intercept")
_FUSION = ("prior", "rule_weight", "model_weight", "model_cap", "model_floor", "class_scale", "low", "medium", "high")

FloatArray = npt.NDArray[np.float64]


def save_artefact(
    directory: str | Path, manifest: Mapping[str, Any], terms: tuple[str, ...], arrays: Mapping[str, FloatArray]
) -> None:
    """Write a model; the manifest gets format, kind and the files' digests. The same input gives the same bytes."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"terms.json": _json(list(terms)), "weights.npz": _npz(arrays)}
    files = {name: hashlib.sha256(raw).hexdigest() for name, raw in contents.items()}
    version = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:12]
    full = {"kind": KIND, "format": FORMAT, "version": version, **manifest, "files": files}
    contents["manifest.json"] = _json(full)
    for name, raw in contents.items():  # the manifest last: it vouches for the others
        temporary = folder / f".{name}.tmp"
        temporary.write_bytes(raw)
        os.replace(temporary, folder / name)


def load_artefact(directory: str | Path) -> tuple[dict[str, Any], tuple[str, ...], dict[str, FloatArray]]:
    """Manifest, terms and arrays of a model, checked. Raises `ModelError`."""
    folder = Path(directory)
    manifest = _manifest(folder)
    raw = {name: _read(folder / name) for name in FILES}
    for name, content in raw.items():
        if hashlib.sha256(content).hexdigest() != manifest["files"].get(name):
            raise ModelError(
                f"{folder / name} does not match its manifest: it is damaged or from another training; copy the whole model folder again"
            )
    terms = json.loads(raw["terms.json"])
    if (
        not isinstance(terms, list)
        or not all(isinstance(term, str) and term for term in terms)
        or len(set(terms)) != len(terms)
    ):
        raise ModelError(f"{folder / 'terms.json'} does not hold a list of distinct terms; train the model again")
    try:
        with np.load(io.BytesIO(raw["weights.npz"]), allow_pickle=False) as stored:
            arrays = {name: np.asarray(stored[name], dtype=np.float64) for name in _ARRAYS}
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{folder / 'weights.npz'} cannot be read as weights ({error}); train the model again"
        ) from None
    count = len(terms)
    shapes = {
        "idf": (count,),
        "coef": (count,),
        "intercept": (1,),
        "class_coef": (count, len(CODES)),
        "class_intercept": (len(CODES),),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise ModelError(
                f"{folder / 'weights.npz'}: {name} should be finite numbers of shape {shape}, not {arrays[name].shape}; train the model again"
            )
        arrays[name].flags.writeable = False
    return manifest, tuple(terms), arrays


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    if not folder.is_dir():
        raise ModelError(f"no model folder at {folder}; give a folder written by `scamcheck train`")
    try:
        manifest = json.loads(_read(path))
    except ValueError:
        raise ModelError(f"{path} is not JSON: it is damaged; copy the model folder again") from None
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise ModelError(f"{path} is not the manifest of a scamcheck model; give a folder written by `scamcheck train`")
    found = manifest.get("format")
    if found != FORMAT:
        mend = "train the model again" if isinstance(found, int) and found < FORMAT else "update scamcheck"
        raise ModelError(f"{path} has format {found}, this version reads {FORMAT}; {mend}")
    missing = [name for name in ("version", "files", "fusion", "settings") if name not in manifest]
    missing += [f"fusion.{name}" for name in _FUSION if name not in manifest.get("fusion", {})]
    if missing:
        raise ModelError(f"{path} lacks {', '.join(missing)}; train the model again")
    return manifest


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"cannot read {path}: {error.strerror}; a model folder holds manifest.json, {', '.join(FILES)}"
        ) from None


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=isinstance(data, dict)) + "\n").encode()


def _npz(arrays: Mapping[str, FloatArray]) -> bytes:
    """An uncompressed npz: its bytes depend on the arrays alone, not on a compressor's version or the clock."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in _ARRAYS:
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.ascontiguousarray(arrays[name], dtype="<f4"), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), stream.getvalue())
    return buffer.getvalue()
