"""The desk's database: what is kept, found, judged and gone for good."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scamcheck import InputError
from scamcheck.web.store import NOTE_CHARS, NewEntry, Query, Store

VERDICT: dict[str, Any] = {
    "label": "loan",
    "risk": "high",
    "score": 0.97,
    "versions": {"rules": "r1", "model": None},
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "desk.db")


def test_an_entry_comes_back_as_it_was_kept(store: Store) -> None:
    text = "贷款先交解冻金\x00\ud800 100%_\\"
    entry = store.add_entry(text, VERDICT, source="某.txt")
    assert entry == store.get(entry.id)
    assert (entry.text, entry.label, entry.verdict, entry.source) == (text, "loan", VERDICT, "某.txt")
    assert (entry.judgement, entry.rules_version, entry.model_version) == (None, "r1", None)


def test_search_takes_wildcards_literally_and_pages_newest_first(store: Store) -> None:
    ids = store.add_entries(NewEntry(text, VERDICT) for text in ("年化100%", "年化100分", "a_b", "axb"))
    assert [entry.id for entry in store.search(Query(text="100%")).entries] == [ids[0]]
    assert [entry.id for entry in store.search(Query(text="a_b")).entries] == [ids[2]]
    page = store.search(page=2, size=3)
    assert ([entry.id for entry in page.entries], page.total, page.pages) == ([ids[0]], 4, 2)
    assert [entry.id for entry in store.export()] == ids


def test_judgements_are_checked_kept_and_taken_back(store: Store) -> None:
    key = store.add_entry("贷款", VERDICT).id
    assert store.judge(key, "agree").judged_label == "loan"
    assert store.judge(key, "not_scam", note="真的银行").judged_label == "benign"
    assert store.judge(key, "wrong_category", label="phishing") == store.get(key)
    assert [entry.id for entry in store.export(Query(judgement="judged"))] == [key]
    assert store.judge(key, None).judged is None
    assert store.search(Query(judgement="open")).total == 1
    for judgement, label, note in (
        ("wrong_category", None, ""),
        ("maybe", None, ""),
        ("agree", None, "长" * (NOTE_CHARS + 1)),
    ):
        with pytest.raises(InputError):
            store.judge(key, judgement, label=label, note=note)  # type: ignore[arg-type]
    assert store.get(key).judgement is None
    with pytest.raises(KeyError):
        store.judge(key + 1, "agree")


def test_deleted_text_is_nowhere_in_the_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.db")
    secret = "独一无二的字句甲乙丙丁"
    ids = store.add_entries(NewEntry(f"{secret}{number}" * 40, VERDICT) for number in range(200))
    ids.append(store.add_entry("留下的一条", VERDICT).id)
    for key in ids[:-1:2]:  # holes first, so that rows get moved
        store.delete([key])
    assert store.delete(ids[1:-1:2]) == 100
    for path in tmp_path.iterdir():
        assert secret.encode() not in path.read_bytes(), path
    assert [entry.text for entry in store.export()] == ["留下的一条"]


def test_retention_deletes_what_is_older(store: Store) -> None:
    old, new = store.add_entry("旧", VERDICT).id, store.add_entry("新", VERDICT).id
    store._db.execute("UPDATE entries SET created = '2020-01-01T00:00:00.000000Z' WHERE id = ?", (old,))
    assert store.purge(30) == 1
    assert [entry.id for entry in store.export()] == [new]


def test_threads_share_a_store(store: Store) -> None:
    def work() -> None:
        for number in range(50):
            store.judge(store.add_entry(f"贷款{number}", VERDICT).id, "agree")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counts()["judgement"] == {"agree": 200}


def test_files_that_are_no_desk_are_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("不是数据库" * 1000, "utf-8")
    with sqlite3.connect(tmp_path / "newer.db") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    (tmp_path / "folder.db").mkdir()
    for name, words in (("text.db", "--database"), ("newer.db", "newer scamcheck"), ("folder.db", "--database")):
        with pytest.raises(InputError, match=words):
            Store(tmp_path / name)
    assert (tmp_path / "text.db").read_text("utf-8").startswith("不是数据库")


def test_a_file_of_the_first_format_is_taken_over(tmp_path: Path) -> None:
    """Its verdicts were plain JSON."""
    path = tmp_path / "old.db"
    with closing(Store(path)) as store:
        entry = store.add_entry("转到安全账户", VERDICT)
    with sqlite3.connect(path) as old:
        assert old.execute("SELECT typeof(verdict) FROM entries").fetchone() == ("blob",)
        old.execute("UPDATE entries SET verdict = ?", (json.dumps(VERDICT),))
        old.execute("PRAGMA user_version = 1")
    old.close()
    for _ in range(2):
        with closing(Store(path)) as store:
            assert (store.get(entry.id).verdict, store.get(entry.id).text) == (VERDICT, "转到安全账户")


def test_only_the_owner_may_read_the_file(store: Store) -> None:
    assert store.path.stat().st_mode & 0o077 == 0
