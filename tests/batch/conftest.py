"""A quick classifier of two rules, and batch runs with it: in this process, and as a user's command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import scamcheck
from scamcheck.batch.run import Job, Summary, run
from tests.conftest import RuleFolder

SCAM = "把钱转到安全账户"
PLAIN = "妈,周末回家吃饭"


@pytest.fixture
def rules(folder: RuleFolder) -> Path:
    folder.rules(("t.account", "    when: 安全账户"), ("t.lend", "    when: 垫付"))
    return folder.path


@pytest.fixture
def quick(folder: RuleFolder, rules: Path) -> scamcheck.Classifier:
    return folder.load()


@pytest.fixture
def batch(rules: Path) -> Callable[..., Summary]:
    """`batch(inputs, output, **fields of Job)`."""

    def call(inputs: Any, output: Path, progress: Callable[[int], None] = lambda _: None, **fields: Any) -> Summary:
        names = tuple(str(item) for item in (inputs if isinstance(inputs, list) else [inputs]))
        return run(Job(names, output, **{"rules": (str(rules),), "model": False, **fields}), progress=progress)

    return call


def command(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "scamcheck.cli.main", "batch", *map(str, arguments)],
        **{"capture_output": True, "timeout": 300, "check": False, "env": {**os.environ, "COLUMNS": "200"}, **options},
    )  # fmt: skip
