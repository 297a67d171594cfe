"""Fixtures: a small rule folder that tests fill, and the shipped classifier."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import scamcheck
from scamcheck.resources import rules_directory

RULE = """
  - id: {id}
    title: 测试规则
    title_en: test rule
    phase: payment
    evidence: {evidence}
    reason: 测试
{body}
    examples: {{hit: [甲], miss: [乙]}}
"""


class RuleFolder:
    """Writes rule files into a temporary folder that already holds the shipped settings and taxonomy."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in ("evidence.yaml", "taxonomy.yaml"):
            (path / name).write_bytes((rules_directory() / name).read_bytes())

    def write(self, name: str, text: str) -> RuleFolder:
        (self.path / name).write_text(text, "utf-8")
        return self

    def rules(
        self,
        *rules: tuple[str, str],
        category: str = "law_enforcement",
        evidence: str = "decisive",
        name: str = "test.yaml",
    ) -> RuleFolder:
        """One file of rules given as (id, YAML of `when`, `unless` … indented by four)."""
        text = f"category: {category}\nrules:" + "".join(
            RULE.format(id=rule_id, evidence=evidence, body=body) for rule_id, body in rules
        )
        return self.write(name, text)

    def load(self) -> scamcheck.Classifier:
        return scamcheck.Classifier.load(rules=self.path, model=False)

    def fired(self, text: str) -> set[str]:
        return set(self.load().fire(text)[2])


@pytest.fixture
def folder(tmp_path: Path) -> RuleFolder:
    path = tmp_path / "rules"
    path.mkdir()
    return RuleFolder(path)


@pytest.fixture(autouse=True, scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compiled rules of this session go to a folder of its own."""
    import os

    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def shipped() -> scamcheck.Classifier:
    return scamcheck.Classifier.load()


@pytest.fixture
def problems(folder: RuleFolder) -> Callable[[], list[str]]:
    """Codes and lines of the problems a folder has."""

    def found() -> list[str]:
        with pytest.raises(scamcheck.RuleError) as error:
            folder.load()
        return [f"{problem.code}@{Path(problem.file).name}:{problem.line}" for problem in error.value.problems]

    return found
