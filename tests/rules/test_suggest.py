"""Draft rules from messages: what is found, what is left alone, and that the draft is a rule file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scamcheck.cli.main import cli
from scamcheck.errors import RuleError, ScamcheckError
from scamcheck.rules.load import load_rules
from scamcheck.rules.suggest import suggest
from tests.conftest import RuleFolder

PLACES = ["乌鲁木齐", "昌吉", "喀什", "石河子", "西安", "成都", "武汉", "长沙", "合肥", "南昌", "福州", "济南"]
ENDINGS = [
    "昨晚下雨路滑请慢走", "孩子们都放学回家了", "这批货明早发车", "楼下超市换了老板", "球赛看到半夜才散", "花盆搬到阳台去吧",
    "手机充满电再出门", "老张退休返乡种地", "面条煮软一点好吃", "窗帘洗完还没晾干", "自行车链子掉了", "邻居送来两斤葡萄",
]  # fmt: skip
# Every message ends differently, so that none is a near-copy of another.
SCAM = [
    f"我是{place}分公司的,先交解冻保证金才能提现,卡号62220000{number}1234,{ENDINGS[number]}"
    for number, place in enumerate(PLACES)
]
SCAM += [f"{place}扫描黄色图案领取养老补助,{ending}" for place, ending in zip(PLACES, ENDINGS[:8], strict=False)]
BENIGN = [f"{ending},适合提现之外的事,{place}" for place, ending in zip(PLACES, ENDINGS, strict=True)]
BENIGN += [f"我在{place}分公司上班,{ending}" for place, ending in zip(PLACES, ENDINGS, strict=True)]
BENIGN += [f"{place}的家长会在学校礼堂,{ending}" for place, ending in zip(PLACES, reversed(ENDINGS), strict=True)]


def rules(folder: RuleFolder) -> RuleFolder:
    return folder.rules(("test.known", "    when: 扫描黄色图案"))


def phrases(folder: RuleFolder, scam: list[str], benign: list[str]) -> dict[str, tuple[int, int]]:
    found = suggest(rules(folder).load(), scam, benign)
    return {phrase.text: (phrase.scam, phrase.benign) for group in found.groups for phrase in group.phrases}


def test_finds_what_only_swindlers_say_with_counts(folder: RuleFolder) -> None:
    found = phrases(folder, SCAM, BENIGN)
    telling = [phrase for phrase in found if "保证金" in phrase or "解冻" in phrase]
    assert telling and all(found[phrase] == (12, 0) for phrase in telling)


def test_leaves_alone_what_is_covered_common_or_everyones(folder: RuleFolder) -> None:
    found = phrases(folder, SCAM, BENIGN)
    assert not any("图案" in phrase or "扫描" in phrase for phrase in found), "a rule that fired points at these"
    assert any("养老补助" in phrase or "领取" in phrase for phrase in found), "beside the covered words, these are new"
    assert not any("分公司" in phrase for phrase in found), "benign messages say it as often"
    assert not any(place in phrase for place in PLACES for phrase in found), "each place is said once or twice"
    assert all(2 <= len(phrase) <= 10 for phrase in found)


def test_a_rule_that_does_not_fire_covers_nothing(folder: RuleFolder) -> None:
    folder.rules(("test.known", "    when: {all: [扫描黄色图案, 从不出现的话]}"))
    found = suggest(folder.load(), SCAM, BENIGN)
    assert any("图案" in phrase.text for group in found.groups for phrase in group.phrases)


def test_a_mass_mailing_counts_once(folder: RuleFolder) -> None:
    mailing = [f"恭喜中奖,请凭验证码{number}到柜台兑奖" for number in range(50)]
    assert phrases(folder, mailing + SCAM, BENIGN).keys() == phrases(folder, SCAM, BENIGN).keys()


def test_phrases_of_one_wording_are_one_group(folder: RuleFolder) -> None:
    found = suggest(rules(folder).load(), SCAM, BENIGN)
    where = {phrase.text: number for number, group in enumerate(found.groups) for phrase in group.phrases}
    deposit = {number for phrase, number in where.items() if "保证金" in phrase or "解冻" in phrase}
    pension = {number for phrase, number in where.items() if "养老" in phrase or "补助" in phrase}
    assert len(deposit) == 1 and pension and deposit.isdisjoint(pension)
    assert found.groups[min(deposit)].scam == 12


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "scam.jsonl").write_text(
        "\n".join(json.dumps({"text": text, "label": "loan"}) for text in SCAM), "utf-8"
    )
    (tmp_path / "benign.txt").write_text("\n".join(BENIGN), "gb18030")
    return str(tmp_path / "scam.jsonl"), str(tmp_path / "benign.txt")


def run(files: tuple[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", "suggest", "--scam", files[0], "--benign", files[1], *arguments])


def test_the_draft_loads_once_titles_and_reasons_are_written_and_its_examples_hold(
    folder: RuleFolder, files: tuple[str, str]
) -> None:
    result = run(files, "--rules", str(rules(folder).path))
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert "category: loan" in text and "# in 12 of 20 scam and 0 of 36 benign messages" in text
    folder.write("draft.yaml", text)
    with pytest.raises(RuleError) as error:
        load_rules(folder.path)
    assert {problem.message.split("`")[1] for problem in error.value.problems} == {"title", "title_en", "reason"}
    for key in ("title", "title_en", "reason"):
        text = text.replace(f" {key}: ''", f" {key}: 写好了")
    folder.write("draft.yaml", text)
    drafted = [loaded for loaded in load_rules(folder.path).rules if loaded.category == "loan"]
    assert drafted and all(loaded.rule.status == "test" for loaded in drafted)
    classifier = folder.load()
    for loaded in drafted:
        assert all(loaded.rule.id in classifier.fire(hit)[2] for hit in loaded.rule.examples.hit)
        assert not any(loaded.rule.id in classifier.fire(miss)[2] for miss in loaded.rule.examples.miss)
    assert classifier.classify(SCAM[0]).risk == "none", "a rule on trial changes no verdict"


def test_the_draft_carries_no_long_number(folder: RuleFolder, files: tuple[str, str]) -> None:
    text = run(files, "--rules", str(rules(folder).path)).stdout
    assert "6222000" not in text and "62****" in text


def test_messages_of_any_characters_make_a_draft_that_loads(folder: RuleFolder, tmp_path: Path) -> None:
    """What rule files refuse (invisible characters), and what YAML reads otherwise, in scam and benign messages."""
    odd = ["\ufe0f", "\u200b", "\u2028", "'", ": #", "\t", "\x07", "“", "{%", "&a *b", "❤\ufe0f", "\\n"]
    scam, benign = tmp_path / "s.jsonl", tmp_path / "b.jsonl"
    scam.write_text(
        "\n".join(json.dumps({"text": f"{mark}{text}{mark}"}) for text, mark in zip(SCAM, odd * 2, strict=False)),
        "utf-8",
    )
    benign.write_text("\n".join(json.dumps({"text": text}) for text in ["\ufe0f", *odd, BENIGN[0]]), "utf-8")
    text = run((str(scam), str(benign)), "--rules", str(rules(folder).path), "--min-count", "2").stdout
    folder.write("draft.yaml", text.replace(": ''", ": 写好了"))
    assert any(loaded.rule.id.startswith("law.suggested") for loaded in load_rules(folder.path).rules), text


def test_ids_already_taken_are_not_used_again(folder: RuleFolder, files: tuple[str, str]) -> None:
    folder.rules(("loan.suggested-1", "    when: 扫描黄色图案"))
    text = run(files, "--rules", str(folder.path)).stdout
    assert "loan.suggested-2" in text and "loan.suggested-1\n" not in text


def test_phrases_that_only_stand_under_negation_are_not_drafted(folder: RuleFolder, tmp_path: Path) -> None:
    folder.write("context.yaml", "negation:\n  - terms: [切勿]\n    reach: 30\n")
    scam, benign = tmp_path / "s.txt", tmp_path / "b.txt"
    scam.write_text(
        "\n".join(f"{place}市民切勿缴纳解冻保证金,{ending}" for place, ending in zip(PLACES, ENDINGS, strict=True)),
        "utf-8",
    )
    benign.write_text("\n".join(BENIGN), "utf-8")
    text = run((str(scam), str(benign)), "--rules", str(rules(folder).path)).stdout
    phrases = [line for line in text.splitlines() if "any:" in line]
    assert phrases and not any("保证金" in line or "切勿" in line for line in phrases)


def test_category_may_be_named_and_must_exist(folder: RuleFolder, files: tuple[str, str]) -> None:
    path = str(rules(folder).path)
    assert "category: romance" in run(files, "--rules", path, "--category", "网络婚恋、交友").stdout
    assert isinstance(run(files, "--category", "lona").exception, ScamcheckError)


def test_without_labels_the_rules_say_the_category(folder: RuleFolder, tmp_path: Path, files: tuple[str, str]) -> None:
    (tmp_path / "plain.txt").write_text("\n".join(SCAM), "utf-8")
    text = run((str(tmp_path / "plain.txt"), files[1]), "--rules", str(rules(folder).path)).stdout
    assert "category: law_enforcement" in text  # that of test.known, the only rule that fires


def test_one_kind_of_message_is_not_enough(folder: RuleFolder, tmp_path: Path) -> None:
    with pytest.raises(ScamcheckError, match="no benign messages"):
        suggest(rules(folder).load(), SCAM, [" "])
