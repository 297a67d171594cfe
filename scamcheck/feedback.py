"""Officers' judgements as labelled messages: what rule statistics and training learn from the desk's database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from scamcheck.errors import InputError
from scamcheck.records import Labelled
from scamcheck.taxonomy import BENIGN, CODES


def judged_messages(path: str | Path) -> list[Labelled]:
    """The judged entries of a desk database, oldest first, labelled as the officer held right. The file is only read.

    Raises `InputError` for a file that is missing, is no desk database, or holds no judgement.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"no desk database at {file}; give the file `scamcheck serve` shows at start")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = _text
            rows = database.execute(
                "SELECT id, text, judged_label FROM entries WHERE judgement IS NOT NULL ORDER BY id"
            ).fetchall()
    except sqlite3.Error as error:
        raise InputError(f"cannot read {file} as a desk database: {error}") from None
    found = [
        Labelled(str(key), text, (label,), label != BENIGN, "desk")
        for key, text, label in rows
        if label in (*CODES, BENIGN)
    ]
    if not found:
        raise InputError(f"{file} holds no judgement yet; judge some messages on the desk first")
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")
