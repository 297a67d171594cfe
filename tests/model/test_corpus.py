"""The corpus: its format, its coverage, and that splits leak nothing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from scamcheck.errors import InputError
from scamcheck.model.corpus import Record, expand, expand_all, read_corpus, read_slots, slots_of
from scamcheck.resources import rules_directory
from scamcheck.taxonomy import CODES

CORPUS = rules_directory().parent / "corpus"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return read_corpus(CORPUS)


def test_every_category_has_its_messages_and_twins(records: list[Record]) -> None:
    scams = Counter(record.label for record in records if record.scam)
    twins = Counter(record.topic for record in records if not record.scam and record.topic in CODES)
    for code in CODES:
        assert scams[code] >= 200, (code, scams[code])
        assert twins[code] >= 200, (code, twins[code])
    assert sum(not record.scam and record.topic not in CODES for record in records) >= 4000


def test_texts_are_distinct_and_slots_known(records: list[Record]) -> None:
    texts = Counter(record.text for record in records)
    assert not [text for text, count in texts.items() if count > 1]
    slots = read_slots(CORPUS)
    assert {name for record in records for name in slots_of(record.text)} <= set(slots)


def test_every_category_is_written_by_two_author_groups_or_more(records: list[Record]) -> None:
    groups: dict[str, set[str]] = {}
    for record in records:
        groups.setdefault(record.label, set()).add(record.group)
    assert all(len(groups[code]) >= 2 for code in CODES)


def test_expansion_is_stable_and_bounded(records: list[Record]) -> None:
    slots = read_slots(CORPUS)
    some = [record for record in records if slots_of(record.text)][:200]
    first = [message.text for message in expand_all(some, slots, copies=3)]
    assert first == [message.text for message in expand_all(some, slots, copies=3)]
    assert all(len(expand(record, slots, copies=3)) <= 3 for record in some)
    assert not any("{" in text for text in first)


GOOD = {"text": "甲", "label": "benign", "topic": "otp", "register": "sms"}
FAULTS = [
    ("{", "not JSON"),
    (json.dumps(GOOD | {"extra": "x"}), "just the text fields"),
    (json.dumps(GOOD | {"text": " "}), "empty"),
    (json.dumps(GOOD | {"label": "spam"}), "unknown label spam"),
    (json.dumps(GOOD | {"topic": "x"}), "unknown topic"),
    (json.dumps(GOOD | {"register": "x"}), "unknown register"),
    (json.dumps(GOOD | {"label": "loan"}), "own label"),
]


@pytest.mark.parametrize(("line", "words"), FAULTS)
def test_faults_name_file_and_line(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.jsonl").write_text(json.dumps(GOOD) + "\n" + line + "\n", "utf-8")
    with pytest.raises(InputError, match=f"x/a.jsonl:2: .*{words}"):
        read_corpus(tmp_path)


def test_no_corpus_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no corpus"):
        read_corpus(tmp_path)
