"""The model on disk: what is refused, with what sentence, and that the same training gives the same bytes."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

import scamcheck
from scamcheck.errors import ModelError
from scamcheck.model.build import Built, build_model
from scamcheck.model.runtime import TermModel
from tests.model.conftest import SETTINGS


@pytest.fixture
def copy(model_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_folder, tmp_path / "model"))


def edit_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def test_a_saved_model_loads_and_judges(model_folder: Path) -> None:
    classifier = scamcheck.Classifier.load(model=model_folder)
    verdict = classifier.classify("您好,关于一丁事宜需转账500到指定账户")
    assert (
        verdict.terms
        and verdict.model_version == json.loads((model_folder / "manifest.json").read_text("utf-8"))["version"]
    )


FAULTS = [
    ("missing folder", lambda f: shutil.rmtree(f), "no model folder"),
    ("no manifest", lambda f: (f / "manifest.json").unlink(), "cannot read"),
    ("manifest not JSON", lambda f: (f / "manifest.json").write_text("{"), "not JSON"),
    ("foreign manifest", lambda f: (f / "manifest.json").write_text('{"kind": "other"}'), "not the manifest"),
    ("newer format", lambda f: edit_manifest(f, format=99), "update scamcheck"),
    ("no fusion", lambda f: edit_manifest(f, fusion={}), "fusion.prior"),
    (
        "truncated weights",
        lambda f: (f / "weights.npz").write_bytes((f / "weights.npz").read_bytes()[:-50]),
        "does not match its manifest",
    ),
    ("changed terms", lambda f: (f / "terms.json").write_text('["甲"]'), "does not match its manifest"),
    ("missing weights", lambda f: (f / "weights.npz").unlink(), "cannot read"),
]


@pytest.mark.parametrize(("name", "spoil", "words"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_faults_are_named(copy: Path, name: str, spoil: Any, words: str) -> None:
    spoil(copy)
    with pytest.raises(ModelError, match=words):
        TermModel.load(copy)


def test_a_pickle_in_the_weights_is_never_run(copy: Path, tmp_path: Path) -> None:
    import hashlib
    import io
    import zipfile

    witness = tmp_path / "ran"

    class Attack:
        def __reduce__(self) -> tuple[Any, tuple[str, str]]:
            return (open, (str(witness), "w"))

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("idf.npy", pickle.dumps(Attack()))
    (copy / "weights.npz").write_bytes(buffer.getvalue())
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    manifest["files"]["weights.npz"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    edit_manifest(copy, files=manifest["files"])
    with pytest.raises(ModelError, match="cannot be read as weights"):
        TermModel.load(copy)
    assert not witness.exists()


def test_training_again_gives_the_same_bytes(
    corpus: Path, compiled: dict[str, Any], model_folder: Path, tmp_path: Path
) -> None:
    build_model(corpus, compiled, SETTINGS).save(tmp_path)
    for path in model_folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_model_card_states_the_manifest(built: Built, model_folder: Path) -> None:
    card = (model_folder / "MODEL_CARD.md").read_text("utf-8")
    assert str(built.manifest["fusion"]["prior"]) in card and built.manifest["corpus_sha256"][:16] in card
