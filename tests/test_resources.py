"""Finding rules and model: layers, the cache of compiled rules, no model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scamcheck.errors import InputError, ModelError
from scamcheck.resources import (
    cache_directory,
    load_compiled,
    load_model,
    models_directory,
    rules_directory,
    store_compiled,
)
from tests.conftest import RuleFolder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "scamcheck"


def ids(compiled: dict[str, object]) -> list[str]:
    rules = compiled["rules"]
    assert isinstance(rules, list)
    return [rule["id"] for rule in rules]


def test_shipped_folders() -> None:
    assert (rules_directory() / "taxonomy.yaml").is_file()
    assert models_directory().name == "models"


def test_cache_is_written_read_and_follows_edits(folder: RuleFolder, cache: Path) -> None:
    folder.rules(("test.one", "    when: 甲"))
    first = load_compiled(folder.path)
    (stored,) = cache.iterdir()
    assert json.loads(stored.read_text("utf-8")) == first
    marked = {**first, "prior": -99.0}  # only the cache says so
    stored.write_text(json.dumps(marked), "utf-8")
    assert load_compiled(str(folder.path))["prior"] == -99.0
    folder.rules(("test.two", "    when: 甲"))
    assert ids(load_compiled(folder.path)) == ["test.two"]
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"digest": "another"}'], ids=str)
def test_a_spoilt_cache_is_not_used_and_mended(folder: RuleFolder, cache: Path, content: bytes) -> None:
    folder.rules(("test.one", "    when: 甲"))
    first = load_compiled(folder.path)
    (stored,) = cache.iterdir()
    stored.write_bytes(content)
    assert load_compiled(folder.path) == first
    assert json.loads(stored.read_text("utf-8")) == first


def test_a_cache_that_cannot_be_written_is_no_error(folder: RuleFolder, cache: Path) -> None:
    folder.rules(("test.one", "    when: 甲"))
    cache.parent.write_text("a file where a folder should be", "utf-8")
    compiled = load_compiled(folder.path)
    assert ids(compiled) == ["test.one"]
    assert store_compiled(compiled, cache) is None
    assert cache.parent.is_file()


def test_store_returns_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = store_compiled({"digest": "d" * 64, "rules": []}, tmp_path / "new" / "folder")
    assert path is not None and json.loads(path.read_text("utf-8"))["digest"] == "d" * 64
    assert list(path.parent.iterdir()) == [path]


def test_cache_directory_without_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert cache_directory() == Path("/local/scamcheck")
    monkeypatch.delenv("LOCALAPPDATA")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_directory() == Path("/home/somebody/.cache/scamcheck")


def test_layers_add_up(folder: RuleFolder, tmp_path: Path) -> None:
    folder.rules(("test.base", "    when: 甲"))
    own = tmp_path / "own"
    own.mkdir()
    (own / "own.yaml").write_text(
        (folder.path / "test.yaml").read_text("utf-8").replace("test.base", "test.own"), "utf-8"
    )
    base = load_compiled([folder.path])
    both = load_compiled([folder.path, own])
    assert ids(base) == ["test.base"] and sorted(ids(both)) == ["test.base", "test.own"]
    assert base["digest"] != both["digest"]


def test_no_folder_named() -> None:
    with pytest.raises(InputError, match="no rule directory given"):
        load_compiled([])


def test_model_false_none_true_and_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_model(False) is None
    with pytest.raises(ModelError):
        load_model(tmp_path)
    monkeypatch.setattr("scamcheck.resources.models_directory", lambda: tmp_path)  # a checkout without a trained model
    assert load_model(None) is None and load_model(True) is None


@pytest.mark.skipif(not (models_directory() / "manifest.json").exists(), reason="no trained model in this checkout")
def test_the_shipped_model_by_default_and_by_path() -> None:
    default, named = load_model(), load_model(models_directory())
    assert default is not None and named is not None
    assert default.version == named.version


def test_the_cache_keeps_the_newest_only(folder: RuleFolder, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from scamcheck import resources

    monkeypatch.setattr(resources, "KEPT", 2)
    for age, phrase in enumerate(["甲", "乙", "丙"]):
        folder.rules(("test.one", f"    when: {phrase}"))
        digest = load_compiled(folder.path)["digest"]
        (stored,) = cache.glob(f"*{digest[:32]}*")
        os.utime(stored, (1000 + age, 1000 + age))
    assert len(list(cache.iterdir())) == 2 and stored.exists()
