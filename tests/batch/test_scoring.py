"""The Arrow function: same verdicts as `classify`, every layout of text, nulls."""

from __future__ import annotations

import pyarrow as pa
import pytest

import scamcheck
from scamcheck.batch import BatchError, BatchScorer, Knowledge, scoring
from tests.batch.conftest import PLAIN, SCAM

MESSAGES = [
    "有人在我微信上订购物资,说是部队的,但让我先垫付8万元", "妈,周末回家吃饭,想吃你做的鱼", "我是银监会的,请下载会议软件打开屏幕共享,把额度提出来转到监管账户, 电话 13800138000",
    "", "你好\0\u200b", "兼职刷单,日结三百,先垫付后返", "【某某银行】您尾号0417的储蓄卡消费128.00元", "点赞关注就有红包领",
]  # fmt: skip


def test_columns_say_what_classify_says(shipped: scamcheck.Classifier) -> None:
    batch = pa.record_batch({"n": range(len(MESSAGES) * 2), "text": MESSAGES * 2})
    scorer = BatchScorer(shipped, "text", mask=False)
    scored = scorer.score_batch(batch)
    assert scored.schema == scorer.schema(batch.schema) and scored.select(["n", "text"]).equals(batch)
    for row in scored.to_pylist():
        verdict = shipped.classify(row["text"])
        assert (row["scam_label"], row["scam_name"], row["scam_risk"]) == (verdict.label, verdict.name, verdict.risk)
        assert row["scam_score"] == verdict.score
        assert row["scam_advice"] == (verdict.label if verdict.is_scam else None)
        flags = () if verdict.risk == "none" else verdict.red_flags
        assert row["scam_flags"] == [flag.rule_id for flag in flags]
        assert row["scam_titles"] == [flag.title for flag in flags]
        assert row["scam_quotes"] == ["…".join(dict.fromkeys(flag.quotes)) for flag in flags]
    assert {"high", "none"} <= set(scored.column("scam_risk").to_pylist())


def test_quotes_are_masked_by_default(quick: scamcheck.Classifier) -> None:
    text = pa.array(["垫付给 13800138000 转到安全账户"])
    batch = pa.record_batch({"text": text})
    assert BatchScorer(quick, "text").score_batch(batch).column("text").to_pylist() == text.to_pylist()
    wide = quick.classify(text[0].as_py()).red_flags[0]
    assert (
        "13800138000" not in str(BatchScorer(quick, "text").score_batch(batch).to_pylist()[0]["scam_quotes"]) and wide
    )


LAYOUTS = [
    pa.array([SCAM, None, PLAIN]), pa.array([SCAM, None, PLAIN], pa.large_string()), pa.array([SCAM, None, PLAIN]).dictionary_encode(),
    pa.array([SCAM, None, PLAIN], pa.string_view()), pa.array([PLAIN, SCAM, None, PLAIN]).slice(1),
]  # fmt: skip


@pytest.mark.parametrize("texts", LAYOUTS, ids=lambda texts: str(texts.type) + f"@{texts.offset}")
def test_every_layout_of_text(quick: scamcheck.Classifier, texts: pa.Array) -> None:
    scored = BatchScorer(quick, "t").score_batch(pa.record_batch({"t": texts}))
    assert scored.column("scam_risk").to_pylist() == ["medium", None, "none"]
    assert scored.column("scam_flags").to_pylist() == [["t.account"], None, []]
    assert scored.column("t").equals(texts)


def test_all_null_and_empty(quick: scamcheck.Classifier) -> None:
    scorer = BatchScorer(quick, "t")
    nothing = scorer.score_batch(pa.record_batch({"t": pa.nulls(2)}))
    assert nothing.column("scam_label").to_pylist() == [None, None]
    assert len(scorer.score_batch(pa.record_batch({"t": pa.array([], pa.string())}))) == 0


def test_a_message_is_judged_once_while_it_is_remembered(
    quick: scamcheck.Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    score_many = scamcheck.Classifier.score_many
    monkeypatch.setattr(
        scamcheck.Classifier, "score_many", lambda self, texts: (judged.extend(texts), score_many(self, texts))[1]
    )
    monkeypatch.setattr(scoring, "_REMEMBERED", 30)
    scorer = BatchScorer(quick, "t")
    first = pa.record_batch({"t": [SCAM, None, PLAIN, SCAM]})
    expected = scorer.score_batch(first)
    assert scorer.score_batch(first).equals(expected) and judged == [SCAM, PLAIN]
    scorer.score_batch(pa.record_batch({"t": ["字" * 40]}))
    assert scorer.score_batch(first).equals(expected) and judged == [SCAM, PLAIN, "字" * 40, SCAM, PLAIN]


def test_bytes_that_are_no_utf8(quick: scamcheck.Classifier) -> None:
    raw = pa.array(["转到安全账户".encode() + b"\xff"], pa.binary())
    broken = pa.Array.from_buffers(pa.string(), 1, raw.buffers())
    assert BatchScorer(quick, "t").score_texts(broken)[2].to_pylist() == ["medium"]


def test_wrong_columns(quick: scamcheck.Classifier) -> None:
    cases = [
        ({"a": ["x"]}, "there is no column t"), ({"t": [1]}, "is not text"), ({"t": ["x"], "scam_risk": ["x"]}, "scam_risk already"),
    ]  # fmt: skip
    for columns, words in cases:
        with pytest.raises(BatchError, match=words):
            BatchScorer(quick, "t").score_batch(pa.record_batch(columns))
    assert "other_risk" in BatchScorer(quick, "t", prefix="other_").schema(pa.schema([("t", pa.string())])).names


def test_knowledge_builds_its_classifier_once(rules: object) -> None:
    one = Knowledge.load(rules=str(rules), model=False)
    assert one.classifier() is one.classifier()
    other = Knowledge.load(model=False)
    assert other.digest != one.digest and other.classifier() is not one.classifier()
    assert Knowledge.load().digest != other.digest


def test_english(quick: scamcheck.Classifier) -> None:
    row = BatchScorer(quick, "t", lang="en").score_batch(pa.record_batch({"t": [SCAM]})).to_pylist()[0]
    assert row["scam_titles"] == ["test rule"] and row["scam_name"].isascii()
