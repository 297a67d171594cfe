"""Hatchling hook: the wheel carries the rules compiled, so that its first verdict parses no YAML."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledRules(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from scamcheck.resources import store_compiled
        from scamcheck.rules.compiled import compile_rules
        from scamcheck.rules.load import load_rules

        self.folder = tempfile.TemporaryDirectory()
        path = store_compiled(compile_rules(load_rules(Path(self.root) / "rules")), Path(self.folder.name))
        build_data["force_include"][str(path)] = f"scamcheck/_shipped/{path.name}"

        from scamcheck.lookalikes import SCRIPTS_FILE, scripts_of, write_scripts

        packed = Path(self.folder.name) / SCRIPTS_FILE
        write_scripts(scripts_of(Path(self.root) / "corpus"), packed)
        build_data["force_include"][str(packed)] = f"scamcheck/_shipped/{SCRIPTS_FILE}"
