import pytest
from hypothesis import given
from hypothesis import strategies as st

from scamcheck import classify
from scamcheck.taxonomy import BENIGN
from scamcheck.web.case import PHASES, case_of, reply_for, rounded

SCAM = "我是部队司务长，要订牛肉，另外请您先垫付8万元货款买自热米饭，联系13800001111"


def case(text, **options):
    verdict = classify(text)
    return verdict, case_of(text, verdict.to_dict(), verdict.taxonomy, **options)


@pytest.mark.parametrize(
    "text", [SCAM, "妈，我晚上加班不回来吃饭", "", "您的快递丢失，加客服QQ100000001理赔，千万别告诉家人"]
)
def test_the_lines_shown_add_up_to_the_total_shown(text):
    verdict, shown = case(text)
    assert sum(round(row.value * 100) for row in shown.rows) == round(shown.total * 100)
    assert shown.total == pytest.approx(verdict.logit, abs=0.006)


@given(st.lists(st.floats(-9, 9), max_size=30))
def test_rounding_moves_no_value_by_a_cent_and_keeps_the_sum(values):
    shown = rounded(values)
    assert all(abs(one - other) < 0.010001 for one, other in zip(shown, values, strict=True))
    assert sum(round(value * 100) for value in shown) == round(sum(values) * 100)


def test_the_steps_seen_are_those_of_the_flags():
    verdict, shown = case(SCAM)
    assert verdict.label == "military_procurement"
    order = list(PHASES)
    assert [step.phase for step in shown.steps] == sorted((step.phase for step in shown.steps), key=order.index)
    for step in shown.steps:
        assert set(step.flags) == {flag.number for flag in shown.flags if flag.phase == step.phase}
    assert any(step.flags for step in shown.steps)


def test_numbers_are_hidden_in_text_and_quotes_when_asked():
    _, shown = case(SCAM, hide_numbers=True)
    everything = "".join(piece.text for piece in shown.pieces) + "".join(
        quote for flag in shown.flags for quote in flag.quotes
    )
    assert "13800001111" not in everything
    assert shown.clues[0].value == "13800001111"


def test_every_category_has_a_reply_that_can_be_sent():
    taxonomy = classify("").taxonomy
    for code in taxonomy.codes:
        reply = reply_for(code, taxonomy)
        assert taxonomy.name(code) in reply
        assert "96110" in reply
        assert len(reply) < 160
    assert reply_for(BENIGN, taxonomy) == ""
