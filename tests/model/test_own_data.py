"""A department's own messages: files, labels, faults of the data, honest folds, and a model made of them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner, Result

import scamcheck
from scamcheck.cli.main import cli
from scamcheck.errors import InputError, ScamcheckError
from scamcheck.model.build import build_model
from scamcheck.model.cross_validation import cross_validate, grouped_folds
from scamcheck.model.labelled_table import Row, read_table
from scamcheck.model.own_data import as_records, label_code, nearest_code, prepare
from scamcheck.taxonomy import Taxonomy
from scamcheck.web.store import Store
from tests.model.conftest import SETTINGS

ROWS = [("您好,\n办贷款吗", "loan"), ("周末吃饭", "benign")]
CSV = 'Text,LABEL,来源\n"您好,\n办贷款吗",loan,甲\n周末吃饭,benign,乙\n'


@pytest.fixture(scope="module")
def taxonomy(compiled: dict[str, Any]) -> Taxonomy:
    return Taxonomy.from_dict(compiled["taxonomy"])


def cells(rows: list[Row]) -> list[tuple[str, str]]:
    return [(row.text, row.label) for row in rows]


# Files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_in_every_usual_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "rows.csv"
    content = CSV.replace(",loan,", f"{separator}loan{separator}").replace(",benign,", f"{separator}benign{separator}")
    path.write_bytes(content.replace("Text,LABEL,", separator.join(["Text", "LABEL", ""])).encode(encoding))
    assert cells(read_table(path)) == ROWS


def test_jsonl_and_excel(tmp_path: Path) -> None:
    lines = tmp_path / "rows.jsonl"
    lines.write_text("\n".join(json.dumps({"TEXT": text, "label": label}) for text, label in ROWS), "utf-8-sig")
    assert cells(read_table(lines)) == ROWS
    book = openpyxl.Workbook()
    for values in ([None], ["编号", "内容", "类别"], [1, ROWS[0][0], 3.0], [None, None, None], [2, "x", None]):
        book.active.append(values)
    book.save(tmp_path / "rows.xlsx")
    found = read_table(tmp_path / "rows.xlsx", text_column="内容", label_column="类别")
    assert [(row.number, row.text, row.label) for row in found] == [(3, ROWS[0][0], "3"), (5, "x", "")]


def test_plain_text_where_no_label_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "scam.txt"
    path.write_text("甲\n\n乙\n", "utf-8")
    assert cells(read_table(path, label_column=None)) == [("甲", ""), ("乙", "")]


BAD_FILES = [
    ("no.csv", None, "cannot read"),
    ("a.xls", b"x", "save it as .csv, .jsonl or .xlsx"),
    ("a.xlsx", b"not a zip", "not an Excel workbook"),
    ("a.csv", b"", "holds no rows"),
    ("a.csv", b"content,class\nx,y\n", "no column text; it has content, class"),
    ("a.csv", b"text,class\nx,y\n", "--label-column"),
    ("a.csv", b"text,label\n\xff\xfe\x81\x20,y\n", "neither UTF-8, UTF-16 nor GB18030"),
    ("a.jsonl", b'{"text": "x", "label": "y"}\n{', "a.jsonl:2: not JSON"),
    ("a.jsonl", b"[1]\n", "a.jsonl:1: not an object"),
]


@pytest.mark.parametrize(("name", "raw", "words"), BAD_FILES, ids=[words for *_, words in BAD_FILES])
def test_bad_files_are_answered_with_a_mend(tmp_path: Path, name: str, raw: bytes | None, words: str) -> None:
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError, match=words):
        read_table(tmp_path / name)


# Labels and faults of the data


LABELS = [
    ("loan", "loan"),
    (" Loan ", "loan"),
    ("刷单返利", "order_brushing"),
    ("虚假贷款、代办信用卡", "loan"),
    ("正常", "benign"),
    ("BENIGN", "benign"),
    ("贷款诈骗", None),
    ("", None),
]


@pytest.mark.parametrize(("label", "code"), LABELS)
def test_labels_are_codes_or_names(taxonomy: Taxonomy, label: str, code: str | None) -> None:
    assert label_code(label, taxonomy) == code


NEAREST = [
    ("phising", "phishing"),
    ("orderbrushing", "order_brushing"),
    ("冒充客服", "ecommerce_service"),
    ("刷单", "order_brushing"),
    ("网络赌博类", "gambling"),
    ("公检法", "law_enforcement"),
    ("zzz", None),
]


@pytest.mark.parametrize(("label", "code"), NEAREST)
def test_nearest_code(taxonomy: Taxonomy, label: str, code: str | None) -> None:
    assert nearest_code(label, taxonomy) == code


def sentences(count: int, seed: int, alphabet: str) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(alphabet, k=20)) for _ in range(count)]


LOANS = sentences(60, 1, "贷款放利息额度秒批抵押征信急用钱联系")
PLAIN = sentences(60, 2, "周末吃饭回家孩子上学天气公园电影作业")


def rows_of(pairs: list[tuple[str, str]]) -> list[Row]:
    return [Row(number, text, label) for number, (text, label) in enumerate(pairs, 2)]


def test_every_fault_of_the_data_is_named(taxonomy: Taxonomy) -> None:
    pairs = [(text, "贷款诈骗") for text in LOANS] + [(text, "正常") for text in PLAIN]
    pairs += [(LOANS[0], "贷款诈骗"), (LOANS[1] + "!", "贷款诈骗"), (PLAIN[0], "刷单返利"), ("", "正常"), ("x", " ")]
    own = prepare(rows_of(pairs), taxonomy)
    found = {item.code: item.message for item in own.warnings}
    assert set(found) == {"empty-row", "unknown-label", "duplicates", "near-duplicates", "contradictions", "few-rows", "imbalance"}  # fmt: skip
    assert "2 of 125 rows" in found["empty-row"] and "125, 126" in found["empty-row"]
    assert "贷款诈骗 (62 rows)" in found["unknown-label"] and "write loan" in found["unknown-label"]
    assert found["duplicates"].startswith("2 rows (1.6%)") and "122, 124" in found["duplicates"]
    assert found["near-duplicates"].startswith("1 rows") and "row 62" in found["contradictions"]
    assert not own.known and own.labels[0] == "贷款诈骗" and len(own.texts) == 123


def test_clean_data_has_no_warning_and_codes_for_labels(taxonomy: Taxonomy) -> None:
    own = prepare(
        rows_of([(text, "虚假贷款、代办信用卡") for text in LOANS] + [(text, "正常") for text in PLAIN]), taxonomy
    )
    assert own.warnings == () and own.known and set(own.labels) == {"loan", "benign"}


def test_labels_wholly_of_ones_own_need_no_warning(taxonomy: Taxonomy) -> None:
    own = prepare(rows_of([(text, "1") for text in LOANS] + [(text, "0") for text in PLAIN]), taxonomy)
    assert own.warnings == () and not own.known


# Folds


def test_copies_never_part_and_labels_are_spread() -> None:
    texts = [text + mark for text in (*LOANS, *PLAIN) for mark in ("", "!", "12", " ")]
    labels = ["a"] * 240 + ["b"] * 240
    folds = grouped_folds(texts, labels)
    assert (folds.reshape(-1, 4) == folds.reshape(-1, 4)[:, :1]).all()
    for number in range(5):
        share = np.mean([label == "a" for label, fold in zip(labels, folds, strict=True) if fold == number])
        assert 0.4 < share < 0.6 and 60 <= (folds == number).sum() <= 130


def test_a_classifier_that_remembers_copies_gains_nothing() -> None:
    """Labels are noise: whoever scores above chance has seen the answers."""
    chance = random.Random(5)
    base = sentences(150, 6, "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥")
    noise = [chance.choice("ab") for _ in base]
    texts = [text + mark for text in base for mark in ("", "!", "?")]
    labels = [label for label in noise for _ in range(3)]
    assert cross_validate(texts, labels, grouped_folds(texts, labels)).accuracy < 0.65
    leaky = np.arange(len(texts)) % 5
    assert cross_validate(texts, labels, leaky).accuracy > 0.9  # what the grouping prevents


def test_figures_are_those_of_the_answers() -> None:
    texts, labels = [*LOANS, *PLAIN], ["a"] * 60 + ["b"] * 60
    folds = np.arange(120) % 5
    result = cross_validate(texts, labels, folds, lambda train, known, test: ["a"] * len(test))
    assert [fold.rows for fold in result.folds] == [24] * 5 and result.accuracy == 0.5
    assert result.macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    assert [(score.label, score.recall, round(score.f1, 4)) for score in result.labels] == [("a", 1.0, 0.6667), ("b", 0.0, 0.0)]  # fmt: skip
    assert cross_validate(texts, labels, folds).macro_f1 > 0.95


TOO_LITTLE = [(LOANS[:30], ["a"] * 30, "one label"), ([LOANS[0]] * 20, ["a", "b"] * 10, "too few different")]


@pytest.mark.parametrize(("texts", "labels", "words"), TOO_LITTLE, ids=["one label", "copies"])
def test_too_little_data_is_said(texts: list[str], labels: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        grouped_folds(texts, labels)


# The model


def test_records_are_one_author_group_and_copies_weigh_as_one() -> None:
    records = as_records([(LOANS[0], "loan"), (LOANS[0] + "!", "loan"), (LOANS[0], "benign"), (PLAIN[0], "benign")])
    assert {record.group for record in records} == {"own"}
    templates = [record.template for record in records]
    assert templates[0] == templates[1] and len(set(templates)) == 3
    assert [record.scam for record in records] == [True, True, False, False]
    with pytest.raises(InputError, match="spam is no code"):
        as_records([("x", "spam")])


def test_own_messages_enter_the_model_and_their_braces_are_no_slots(
    corpus: Path, compiled: dict[str, Any], tmp_path: Path
) -> None:
    jargon = "关于一丁事宜"  # the corpus calls it a scam; this department's ordinary letters begin with it
    own = [(f"{jargon}{{city}}{text}", "benign") for text in PLAIN]
    built = build_model(corpus, compiled, SETTINGS, extra=as_records(own))
    plain = build_model(corpus, compiled, SETTINGS)
    assert built.manifest["own_data"]["messages"] == 60 and "own_data" not in plain.manifest
    built.save(tmp_path / "own")
    plain.save(tmp_path / "plain")
    text = f"{jargon}周末开会"
    scores = [scamcheck.Classifier.load(model=tmp_path / name).classify(text).logit for name in ("own", "plain")]
    assert scores[0] < scores[1]
    card = (tmp_path / "own" / "MODEL_CARD.md").read_text("utf-8")
    assert "60 messages of a department's own" in card and built.manifest["own_data"]["sha256"][:16] in card
    assert "nothing else" in (tmp_path / "plain" / "MODEL_CARD.md").read_text("utf-8")


def test_what_own_messages_alone_say_stays_out_of_the_model(corpus: Path, compiled: dict[str, Any]) -> None:
    own = [(f"受害人欧阳翠花{text}", "loan") for text in LOANS]
    built = build_model(corpus, compiled, SETTINGS, extra=as_records(own))
    assert not any("翠花" in term or "欧阳" in term for term in built.terms)


# The command


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["train", *arguments], catch_exceptions=True)


@pytest.fixture
def known_file(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    lines = [f"{text},虚假贷款、代办信用卡" for text in LOANS] + [f"{text},正常" for text in PLAIN]
    path.write_text("\n".join(["text,label", *lines]), "gb18030")
    return path


def test_command_reports_and_writes_a_model(known_file: Path, corpus: Path, tmp_path: Path) -> None:
    result = run("--data", str(known_file), "--corpus", str(corpus), "--output", str(tmp_path / "model"))
    assert result.exit_code == 0, result.output
    assert "120 messages, 120 without near-copies, 2 labels of the taxonomy" in result.stdout
    mean = next(line for line in result.stdout.splitlines() if line.startswith("mean"))
    assert float(mean.split()[-1]) > 0.95 and mean.split()[1] == "120"
    assert len([line for line in result.stdout.splitlines() if line[:1] in "12345" and len(line.split()) == 4]) == 5
    assert scamcheck.Classifier.load(model=tmp_path / "model").model_version


def test_free_labels_are_reported_and_exported_but_make_no_model(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    pairs = [(text, "A类") for text in LOANS] + [(text, "B类") for text in PLAIN]
    file.write_text("\n".join(json.dumps({"text": text, "label": label}) for text, label in pairs), "utf-8")
    result = run("--data", str(file), "--export-sklearn", str(tmp_path / "own.joblib"))
    assert result.exit_code == 0 and "2 labels of your own" in result.stdout and "no model written" in result.stderr
    pipeline = joblib.load(tmp_path / "own.joblib")
    assert pipeline.predict([LOANS[3][:15], PLAIN[3][:15]]).tolist() == ["A类", "B类"]
    refused = run("--data", str(file), "--output", str(tmp_path / "model"))
    assert isinstance(refused.exception, ScamcheckError) and "rename the labels" in str(refused.exception)
    assert not (tmp_path / "model").exists()


def test_without_data_an_output_is_needed() -> None:
    assert "--output" in str(run().exception)


def test_judgements_of_the_desk_join_the_training(corpus: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "desk.db")
    verdict = scamcheck.classify(LOANS[0]).to_dict()
    for text in LOANS[:3]:
        store.judge(store.add_entry(text, verdict).id, "wrong_category", label="loan")
    store.close()
    result = run("--feedback", str(store.path), "--corpus", str(corpus), "--output", str(tmp_path / "model"))
    assert result.exit_code == 0, result.output
    assert "3 judged messages (3 scam)" in result.output
    assert scamcheck.Classifier.load(model=tmp_path / "model").model.manifest["own_data"]["messages"] == 3  # type: ignore[union-attr]
