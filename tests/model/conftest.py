"""A small corpus and the model trained on it, shared by the tests of this folder."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from scamcheck.model.build import Built, build_model
from scamcheck.model.training import Settings
from scamcheck.resources import load_compiled
from scamcheck.taxonomy import CODES

SETTINGS = Settings(copies=2, size=300, min_templates=2, min_groups=2)
_OPENINGS = ("您好", "老板", "妈", "同学", "师傅", "亲", "喂", "请问")
_PLAIN = (
    "周末一起吃饭吧",
    "快递放门口就行",
    "明天开会记得带资料",
    "这个月工资发了",
    "孩子今天发烧请假",
    "车停在地下二层",
    "菜已经买好了",
)


def write_corpus(folder: Path) -> Path:
    """Three author groups, eight lines a category and as many benign ones a group; no sentence worth learning from."""
    (folder / "slots.yaml").write_text("amount: [500, 8万]\n", "utf-8")
    for group in ("x", "y", "z"):
        lines: list[dict[str, str]] = []
        for number, code in enumerate(CODES):
            for opening, turn in itertools.product(_OPENINGS[:4], range(2)):
                text = f"{opening},关于{chr(0x4E00 + number * 7)}{chr(0x4E00 + number * 7 + 1)}事宜{turn}需转账{{amount}}到指定账户,{group}组"
                lines.append({"text": text, "label": code, "topic": code, "register": "chat"})
        for opening, plain in itertools.product(_OPENINGS, _PLAIN):
            lines.append(
                {"text": f"{opening},{plain},{group}组", "label": "benign", "topic": "family_chat", "register": "chat"}
            )
        (folder / group).mkdir()
        (folder / group / "all.jsonl").write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8"
        )
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def compiled() -> dict[str, Any]:
    return load_compiled()


@pytest.fixture(scope="session")
def built(corpus: Path, compiled: dict[str, Any]) -> Built:
    return build_model(corpus, compiled, SETTINGS)


@pytest.fixture(scope="session")
def model_folder(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    built.save(folder)
    return folder
