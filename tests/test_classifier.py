"""The public promises: spans, sums, equality of the ways in, any string, threads."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scamcheck
from scamcheck.disguising import TRANSFORMS
from scamcheck.verdict import Verdict

SCAMS = [
    # (text, label, words some flag must quote)
    ("警察同志,你帮我看看这条短信,说我涉嫌参与了一起洗钱案件。", "law_enforcement", "洗钱"),
    ("喂110吗?有人在我微信上订购物资,但让我先垫付8万元,这是不是你们说的电信诈骗啊?", "military_procurement", "垫付"),
    ("这个专家说能指导我投资发财,咱能信吗?", "investment", "专家"),
    ("有人在我微信上订购物资,说是部队的,但让我先垫付8万元", "military_procurement", "部队"),
    ("民警提醒您,请把钱转到安全账户", "law_enforcement", "安全账户"),
]
BENIGN = [
    "部队采购不会通过微信私下订货,凡是要求垫资的都是诈骗,请广大商户提高警惕",
    "【京东】您的白条本月账单1280.50元,请前往京东APP查看",
    "民警提醒:公安机关绝不会要求您把钱转到安全账户",
    "刚才有人冒充公安说我涉嫌洗钱,我没理他,直接挂了",
    "您的验证码是482913,5分钟内有效,工作人员不会索要验证码,请勿泄露",
    "妈,这个月生活费收到了",
    "",
    "   \n",
]
HARD = [
    "\ud800\udfff\ud800",
    "\x00\x1b[31m转账\x07",
    "\u202e账转\u202c",
    "a" * 5000,
    "转" * 5000,
    "转账到安全账户" * 700,
    "。" * 5000,
    "1" * 5000,
    "𠀀𪛖👨‍👩‍👧‍👦🇨🇳",
    "\ufeff\u200b",
]


def check_invariants(text: str, verdict: Verdict) -> None:
    assert verdict.text == text
    assert verdict.is_scam == (verdict.risk in ("medium", "high")) == (verdict.label != "benign")
    assert 0 < verdict.score < 1
    total = math.fsum(item.value for item in verdict.evidence)
    assert abs(total - math.log(verdict.score / (1 - verdict.score))) <= 1e-9
    assert math.fsum(share for _, share in verdict.ranking) == pytest.approx(1)
    assert [share for _, share in verdict.ranking] == sorted((share for _, share in verdict.ranking), reverse=True)
    assert not verdict.is_scam or verdict.red_flags
    assert [flag.evidence for flag in verdict.red_flags] == sorted(
        (flag.evidence for flag in verdict.red_flags), reverse=True
    )
    for flag in verdict.red_flags:
        assert flag.spans
        for (start, end), quote in zip(flag.spans, flag.quotes, strict=True):
            assert 0 <= start < end <= len(text)
            assert text[start:end] == quote
    for term in verdict.terms:
        assert all(0 <= start < end <= len(text) for start, end in term.spans)


@pytest.mark.parametrize(("text", "label", "quoted"), SCAMS)
def test_scams_of_the_source_news(shipped: scamcheck.Classifier, text: str, label: str, quoted: str) -> None:
    verdict = shipped.classify(text)
    assert verdict.label == label
    assert any(quoted in quote for flag in verdict.red_flags for quote in flag.quotes)
    assert verdict.advice.now and verdict.advice.verify
    assert tuple(number for number, _ in verdict.advice.hotlines)[:2] == ("96110", "110")
    check_invariants(text, verdict)


@pytest.mark.parametrize("text", BENIGN)
def test_no_alarm(shipped: scamcheck.Classifier, text: str) -> None:
    verdict = shipped.classify(text)
    assert not verdict.is_scam, verdict
    check_invariants(text, verdict)


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_any_string_is_fine(shipped: scamcheck.Classifier, text: str) -> None:
    check_invariants(text, shipped.classify(text))


PIECES = (
    [text for text, *_ in SCAMS]
    + BENIGN
    + ["转账", "验证码", "http://a.example", "138****0000", "5万元", "加★微★信", "銀行", "\u200b", "。", "\n", " "]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join))
def test_invariants_hold_on_mixtures(shipped: scamcheck.Classifier, text: str) -> None:
    verdict = shipped.classify(text)
    check_invariants(text, verdict)
    assert shipped.classify_many([text])[0] == verdict


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_invariants_hold_on_all_of_unicode(shipped: scamcheck.Classifier, text: str) -> None:
    check_invariants(text, shipped.classify(text))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_spans_hold_in_disguised_text(shipped: scamcheck.Classifier, name: str) -> None:
    for seed, (text, *_) in enumerate(SCAMS):
        disguised = TRANSFORMS[name](text, random.Random(seed), 0.4)
        check_invariants(disguised, shipped.classify(disguised))


def test_many_equals_one_by_one(shipped: scamcheck.Classifier) -> None:
    texts = [text for text, *_ in SCAMS] * 2 + BENIGN + HARD
    assert shipped.classify_many(texts) == [shipped.classify(text) for text in texts]
    assert shipped.classify_many(iter(texts[:3])) == shipped.classify_many(texts[:3])
    assert shipped.classify_many([]) == []


@pytest.mark.parametrize("value", [None, b"bytes", 3, ["list"]])
def test_only_wrong_types_raise(shipped: scamcheck.Classifier, value: object) -> None:
    with pytest.raises(TypeError, match="text"):
        shipped.classify(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="text"):
        shipped.classify_many([value])  # type: ignore[list-item]
    with pytest.raises(scamcheck.ScamcheckError, match="list"):
        shipped.classify_many("one message")


def test_time_is_linear_in_length(shipped: scamcheck.Classifier) -> None:
    """A text ten times as long takes about ten times as long, on what could go quadratic."""
    mixture = "民警提醒您,切勿转账。您好,我是客服,请把钱转到安全账户,验证码发给我,点击链接http://a.b/ 加微信abc12345,"
    for piece in ("转账到安全账户,", "转", "1", "加 微 信 ", "您好", "切勿转账", "\u202e转账", "http://a.b/", mixture):
        times = []
        for size in (10_000, 100_000):
            text = (piece * (size // len(piece) + 1))[:size]
            start = time.perf_counter()
            _ = shipped.classify(text).evidence
            times.append(time.perf_counter() - start)
        assert times[1] < 40 * times[0] + 0.2, (piece, times)


def test_a_million_characters(shipped: scamcheck.Classifier) -> None:
    for text in ("转" * 1_000_000, "".join(chr(code) for code in range(0x110000) if code % 2)):
        check_invariants(text, shipped.classify(text))


def test_threads_agree(shipped: scamcheck.Classifier) -> None:
    texts = [text for text, *_ in SCAMS] + BENIGN
    wanted = [verdict.to_dict() for verdict in shipped.classify_many(texts)]
    results: list[list[dict[str, object]]] = []

    def work() -> None:
        results.append([shipped.classify(text).to_dict() for _ in range(5) for text in texts])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all(result == wanted * 5 for result in results)


def test_verdict_is_read_only(shipped: scamcheck.Classifier) -> None:
    verdict = shipped.classify(SCAMS[0][0])
    with pytest.raises(AttributeError, match="read-only"):
        verdict.label = "benign"
    with pytest.raises(AttributeError, match="read-only"):
        del verdict.label


def test_default_classifier_is_loaded_once() -> None:
    from scamcheck.classifier import default_classifier

    assert default_classifier() is default_classifier()
    assert scamcheck.classify(SCAMS[1][0]).label == "military_procurement"
    assert [verdict.label for verdict in scamcheck.classify_many([SCAMS[1][0], BENIGN[0]])] == [
        "military_procurement",
        "benign",
    ]


def test_import_is_light() -> None:
    code = "import scamcheck, sys; print([m for m in ('numpy','yaml','pydantic','sklearn','jieba','daachorse','opencc','click') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_message_text_never_reaches_logs(
    shipped: scamcheck.Classifier, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(0):
        shipped.classify(SCAMS[0][0])
    out = capsys.readouterr()
    assert not caplog.records and not out.out and not out.err


def test_json_form_follows_its_schema(shipped: scamcheck.Classifier) -> None:
    import json

    import jsonschema

    schema = json.loads((Path(scamcheck.__file__).parent.parent / "docs" / "verdict.schema.json").read_text("utf-8"))
    for text in [text for text, *_ in SCAMS] + BENIGN:
        data = json.loads(json.dumps(shipped.classify(text).to_dict()))
        jsonschema.validate(data, schema)
        assert data["schema"] == 1
