"""The classifier in use, exchanged whole when rule files change. A broken file leaves the old rules in use and is reported."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from scamcheck.classifier import Classifier
from scamcheck.errors import Problem, RuleError, ScamcheckError
from scamcheck.resources import rules_directory
from scamcheck.rules.files import rule_files

log = logging.getLogger(__name__)
_LOOK_AGAIN = 2_000  # milliseconds until folders that were not there are looked for again


class LiveClassifier:
    """`current` is the classifier to use, read anew for every request; `problems` says why the files on disk are not in use."""

    def __init__(self, rules: Sequence[Path] = (), overlay: Path | None = None, model: Path | None = None) -> None:
        self._base = tuple(rules) or (rules_directory(),)
        self._overlay = overlay
        self._model = model
        self._lock = threading.Lock()
        self.problems: tuple[Problem, ...] = ()
        self.reloads = 0
        try:
            self.current = Classifier.load(rules=self.directories(), model=model)
        except RuleError as error:
            if not self._has_overlay():
                raise
            # The workbench's own folder must not keep the desk from starting.
            self.current = Classifier.load(rules=list(self._base), model=model)
            self.problems = error.problems

    def directories(self) -> list[Path]:
        """The rule folders in use, base first; the overlay only once it holds a rule file."""
        return [*self._base, *([self._overlay] if self._overlay and self._has_overlay() else [])]

    def _has_overlay(self) -> bool:
        return self._overlay is not None and self._overlay.is_dir() and bool(rule_files(self._overlay))

    def reload(self) -> bool:
        """Read the rule files again and use them if they are sound; whether they are. Takes about a second after an edit."""
        with self._lock:
            try:
                classifier = Classifier.load(rules=self.directories(), model=self._model)
            except RuleError as error:
                self.problems = error.problems
                log.error("rules not reloaded, the old ones stay in use: %s", error)
                return False
            except ScamcheckError as error:
                self.problems = (Problem(str(self._base[0]), 0, 0, "unreadable", str(error)),)
                log.error("rules not reloaded, the old ones stay in use: %s", error)
                return False
            self.problems = ()
            if classifier.rules_version != self.current.rules_version:
                self.current = classifier
                self.reloads += 1
                log.info("rules reloaded: version %s", classifier.rules_version)
            return True

    async def watch(self) -> None:
        """Reload whenever a rule file changes, until cancelled."""
        from watchfiles import Change, awatch

        def about_rules(_: Change, path: str) -> bool:
            return path.endswith((".yaml", ".yml"))

        while True:
            folders = self._watched()
            async for changes in awatch(
                *folders, watch_filter=about_rules, debounce=400, rust_timeout=_LOOK_AGAIN, yield_on_timeout=True
            ):
                new_folder = self._watched() != folders
                if changes or new_folder:
                    await asyncio.to_thread(self.reload)
                if new_folder:
                    break

    def _watched(self) -> list[Path]:
        """The folders that can be watched now: the overlay may be made, or removed, later."""
        return [folder for folder in (*self._base, self._overlay) if folder is not None and folder.is_dir()]
