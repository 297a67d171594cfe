"""Corpus statistics and lint: on small corpora whose faults are known, and two promises about the shipped one."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from scamcheck.cli.main import cli
from scamcheck.model.corpus import REGISTERS, Record, read_corpus
from scamcheck.model.corpus_report import MINIMUM, copies, corpus_findings, corpus_stats, coverage, habit_findings
from scamcheck.model.habits import OVERALL, habits, telling_ngrams
from scamcheck.model.near_duplicates import clusters, near_pairs
from scamcheck.resources import rules_directory

CORPUS = rules_directory().parent / "corpus"


def record(
    text: str, label: str = "loan", *, group: str = "a", number: int = 1, register: str = "chat", topic: str = ""
) -> Record:
    return Record(text, label, topic or label, register, group, f"{group}/x#{number}")


def random_text(chance: random.Random, length: int) -> str:
    return "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(length))


def grams(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def test_near_pairs_are_those_of_an_exact_comparison() -> None:
    """Random texts and edited copies; the exact Jaccard of every pair, worked out with Python sets, decides."""
    chance = random.Random(3)
    texts = [random_text(chance, 60) for _ in range(40)]
    for text in texts[:30]:
        edited = list(text)
        for _ in range(chance.randrange(1, 6)):
            edited[chance.randrange(60)] = chr(chance.randrange(0x4E00, 0x9000))
        texts.append("".join(edited))
    wanted = {
        (one, other)
        for one, other in itertools.combinations(range(len(texts)), 2)
        if len(grams(texts[one]) & grams(texts[other])) >= 0.8 * len(grams(texts[one]) | grams(texts[other]))
    }
    found = {(pair.first, pair.second): pair.similarity for pair in near_pairs(texts)}
    assert len(wanted) >= 10 and set(found) == wanted
    one, other = min(wanted)
    shared = grams(texts[one]) & grams(texts[other])
    assert found[one, other] == pytest.approx(len(shared) / len(grams(texts[one]) | grams(texts[other])))


ALIKE = [
    ("您的快递已丢失,赔付500元", "您的快递已丢失,赔付 80000 元", "numbers and spaces"),
    ("請您點擊鏈接領取補貼", "请您点击链接领取补贴", "traditional and simplified"),
    ("转账", "转账", "two characters"),
    ("", "", "empty"),
]


@pytest.mark.parametrize(("one", "other", "why"), ALIKE, ids=[why for *_, why in ALIKE])
def test_copies_that_differ_in_what_does_not_matter_are_equal(one: str, other: str, why: str) -> None:
    assert [pair.similarity for pair in near_pairs([one, other])] == [1.0]


def test_a_mass_mailing_is_one_cluster_and_no_quadratic_list() -> None:
    texts = ["你好"] + [f"老板,您的订单{number}号已发货请查收" for number in range(2000)] + ["再会"]
    groups = clusters(texts)
    assert groups[0] == 0 and groups[-1] == 2001 and set(groups[1:-1]) == {1}
    assert len(near_pairs(texts)) < 200_000


def test_copies_tell_leak_duplicate_and_contradiction_apart_and_let_twins_be() -> None:
    base = "您的贷款额度已经批下来了,先交三百元工本费就放款"
    records = [
        record(base, number=1),
        record(base + "哦", number=2),  # near, same group and class
        record(base + "吗", "benign", number=3, topic="loan"),  # a twin
        record("完全不同的一句话在这里", number=4),
        record("完全不同的一句话在这里", "benign", number=5, topic="loan"),  # equal, labels at odds
        record("这一句被另一组作者也写了一遍", number=6),
        record("这一句被另一组作者也写了一遍", group="b", number=7),
        record("同一组里抄了两遍的句子", number=8),
        record("同一组里抄了两遍的句子", number=9),
    ]
    found = [(finding.code, finding.where) for finding in copies(records)]
    assert found == [
        ("near-duplicate", "a/x#1"), ("contradiction", "a/x#4"), ("leak", "a/x#6"), ("duplicate", "a/x#8"),
    ]  # fmt: skip


def test_coverage_names_every_gap_and_only_those() -> None:
    full = [
        record(f"{kind}{number}", "loan" if kind == "scam" else "benign", group="ab"[number % 2], number=number, topic="loan",
               register=REGISTERS[number % len(REGISTERS)])
        for kind in ("scam", "twin") for number in range(MINIMUM)
    ]  # fmt: skip
    codes = {(finding.code, finding.where) for finding in coverage(full) if finding.where.startswith("loan/")}
    assert codes == set()
    assert any(finding.where == "romance/scam" and "200 more" in finding.message for finding in coverage(full))
    short = [item for item in full[1:] if item.register != "dialect" or not item.scam]
    found = {finding.code: finding for finding in coverage(short) if finding.where == "loan/scam"}
    assert set(found) == {"few-scams", "missing-register"} and "dialect" in found["missing-register"].message
    alone = [item for item in full if item.group == "a" or item.scam]
    assert {finding.code for finding in coverage(alone) if finding.where == "loan/twin"} >= {
        "single-author",
        "few-twins",
    }


def habit_corpus() -> list[Record]:
    """100 scams and 100 benign texts: 您好 in 40 and 10, 谢谢 in 20 and 20, 贷款 (content) in all scams and no benign text."""
    records = []
    for number in range(100):
        head = "您好," if number < 40 else ""
        tail = ",谢谢" if number < 20 else ""
        records.append(record(f"{head}办贷款找我{chr(0x4E00 + number)}{tail}", number=number))
        head = "您好," if number < 10 else ""
        records.append(
            record(f"{head}周末去爬山{chr(0x4E00 + number)}{tail}", "benign", number=100 + number, topic="friend_chat")
        )
    return records  # fmt: skip


def test_habits_give_shares_and_a_smoothed_ratio() -> None:
    found = {(item.name, item.register): item for item in habits(habit_corpus())}
    greeting = found["您好", OVERALL]
    assert (greeting.scam_share, greeting.benign_share, greeting.gives_away) == (0.4, 0.1, "scam")
    assert greeting.ratio == pytest.approx(40.5 / 10.5) and greeting.flagged
    assert found["您好", "chat"].ratio == greeting.ratio
    assert found["谢谢", OVERALL].ratio == 1.0 and not found["谢谢", OVERALL].flagged
    assert not any("贷款" in name for name, _ in found)


def test_a_habit_too_rare_to_learn_is_not_flagged() -> None:
    records = habit_corpus() + [record(f"喂在吗{number}号", number=300 + number) for number in range(4)]
    rare = next(item for item in habits(records) if item.name == "喂" and item.register == OVERALL)
    assert rare.ratio > 3 and not rare.flagged


def test_habits_follow_traditional_spelling_and_leave_slots_alone() -> None:
    records = [record("{name}，謝謝", number=1), record("去", "benign", number=2, topic="friend_chat")]
    names = {item.name for item in habits(records) if item.register == OVERALL}
    assert "谢谢" in names


def test_ngrams_of_habits_alone_are_named_and_content_is_not() -> None:
    records = [record(f"办贷款呢!{chr(0x4E00 + number)}", number=number) for number in range(100)]
    records += [record(f"去爬山吧。{chr(0x4E00 + number)}", "benign", number=100 + number, topic="friend_chat") for number in range(100)]  # fmt: skip
    assert {item.name for item in telling_ngrams(records)} == {"呢!", "吧。"}
    assert any(finding.code == "telling-ngram" and "呢!" in finding.where for finding in habit_findings(records))


def write(folder: Path, rows: list[dict[str, str]]) -> Path:
    (folder / "a").mkdir()
    (folder / "a" / "x.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return folder


def test_stats_count_by_category_register_group_and_slot(tmp_path: Path) -> None:
    rows = [
        {"text": "{city}贷款{amount}", "label": "loan", "topic": "loan", "register": "sms"},
        {"text": "贷款{amount}加{amount}", "label": "loan", "topic": "loan", "register": "chat"},
        {"text": "房贷还了", "label": "benign", "topic": "loan", "register": "chat"},
        {"text": "吃饭", "label": "benign", "topic": "friend_chat", "register": "chat"},
    ]
    found = corpus_stats(read_corpus(write(tmp_path, rows)))
    assert found.scams == {"loan": {"sms": 1, "chat": 1}} and found.twins == {"loan": {"chat": 1}}
    assert found.ordinary == {"friend_chat": {"chat": 1}} and found.groups == {
        "a": {"scam": 2, "twin": 1, "ordinary": 1}
    }
    assert found.slots == {"amount": 2, "city": 1}
    assert found.lengths["ordinary"] == (2,) * 7 and found.lengths["scam"][-1] == len("贷款{amount}加{amount}")
    result = CliRunner().invoke(cli, ["corpus", "stats", "--corpus", str(tmp_path), "--json"])
    assert result.exit_code == 0 and json.loads(result.stdout)["templates"] == 4
    shown = CliRunner().invoke(cli, ["corpus", "stats", "--corpus", str(tmp_path)])
    row = next(line for line in shown.stdout.splitlines() if line.startswith("loan"))
    assert row.split()[1:] == ["1", "0", "1", *["0"] * 8, "2"] and "amount 2, city 1" in shown.stdout


def test_lint_command_exits_1_with_findings(tmp_path: Path) -> None:
    write(tmp_path, [{"text": "贷款", "label": "loan", "topic": "loan", "register": "sms"}] * 2)
    result = CliRunner().invoke(cli, ["corpus", "lint", "--corpus", str(tmp_path), "--json"])
    assert result.exit_code == 1
    first = json.loads(result.stdout.splitlines()[0])
    assert (first["code"], first["where"]) == ("duplicate", "a/x#1") and "a/x#2" in first["message"]


def test_lint_command_exits_0_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scamcheck.model.corpus_report.MINIMUM", 0)
    rows = [
        {"text": f"{code}{kind}", "label": code if kind else "benign", "topic": code, "register": register}
        for code in ("loan",) for kind in (0, 1) for register in REGISTERS
    ]  # fmt: skip
    for number, row in enumerate(rows):
        row["text"] = random_text(random.Random(number), 30) + "。"
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "y.jsonl").write_text("".join(json.dumps(row | {"text": random_text(random.Random(99 + n), 30) + "。"}) + "\n" for n, row in enumerate(rows)), "utf-8")  # fmt: skip
    result = CliRunner().invoke(cli, ["corpus", "lint", "--corpus", str(write(tmp_path, rows))])
    assert result.exit_code == 0, result.output


# The shipped corpus


@pytest.fixture(scope="module")
def shipped_records() -> list[Record]:
    return read_corpus(CORPUS)


def test_no_near_copy_crosses_author_groups(shipped_records: list[Record]) -> None:
    leaks = [str(finding) for finding in copies(shipped_records) if finding.code in ("leak", "contradiction")]
    assert not leaks, "\n".join(leaks)


def test_no_habit_gives_a_class_away(shipped_records: list[Record]) -> None:
    """Over the corpus no habit is flagged; within one register, where counts are small, none is five times as common."""
    telling = [
        item for item in habits(shipped_records) if item.flagged and (item.register == OVERALL or item.ratio > 5)
    ]
    assert not telling, telling
    assert not telling_ngrams(shipped_records)


def test_every_finding_on_the_shipped_corpus_says_what_to_change(shipped_records: list[Record]) -> None:
    for finding in corpus_findings(shipped_records):
        assert any(word in finding.message for word in ("delete", "reword", "write", "use it", "let another")), finding
