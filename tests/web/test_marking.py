from hypothesis import given
from hypothesis import strategies as st

from scamcheck.clues import find_clues
from scamcheck.masking import mask_text
from scamcheck.web.marking import ENDS, LONGEST, Piece, pieces, visible


def test_overlapping_flags_are_cut_at_every_edge():
    assert pieces("abcdefg", [[(1, 5)], [(3, 6)]]) == [
        Piece("a"), Piece("bc", (1,), (1,)), Piece("de", (1, 2), (2,)), Piece("f", (2,)), Piece("g"),
    ]  # fmt: skip


def test_numbers_spread_over_the_places_of_flags_that_begin_together():
    found = pieces("abcdef", [[(0, 2), (4, 6)], [(0, 2)]])
    assert [piece.labels for piece in found] == [(2,), (), (1,)]


@given(
    st.text(max_size=40), st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3), max_size=5)
)
def test_pieces_join_to_the_text_and_cover_just_the_spans(text, drawn):
    flags = [[(min(a, b), max(a, b)) for a, b in spans if a != b and max(a, b) <= len(text)] for spans in drawn]
    found = pieces(text, flags)
    assert (
        "".join(piece.text for piece in found) == "".join(visible(char) for char in text.replace("\r\n", "\n"))
        or "\r" in text
    )
    if visible(text) == text:
        at = 0
        for piece in found:
            covering = {number for number, spans in enumerate(flags, 1) for start, end in spans if start <= at < end}
            assert set(piece.flags) == covering
            at += len(piece.text)
    labels = [number for piece in found for number in piece.labels]
    assert sorted(labels) == [number for number, spans in enumerate(flags, 1) if spans]


def test_the_middle_of_a_long_stretch_is_left_out_and_counted():
    text = "a" * (LONGEST + 1) + "诈骗" + "b" * 10
    head, tail, marked, rest = pieces(text, [[(LONGEST + 1, LONGEST + 3)]])
    assert len(head.text) == len(tail.text) == ENDS
    assert head.left_out == LONGEST + 1 - 2 * ENDS
    assert (marked.text, rest.text) == ("诈骗", "b" * 10)


def test_characters_that_steer_or_hide_are_shown_by_code():
    assert visible("安全\u202e户账\u200b\x00\ud800") == "安全‹202E›户账‹200B›‹0000›‹D800›"
    assert visible("一\r\n二\t三") == "一\n二\t三"


def test_masked_text_keeps_its_length_and_hides_the_middle():
    text = "打13800001111，卡号6222 0000 0000 0000 123，加微信abc_00012，看http://a1b2c3.example.top/q，付8万元"
    hidden = mask_text(text, find_clues(text))
    assert len(hidden) == len(text)
    assert "138****1111" in hidden
    assert "0000 0000" not in hidden
    assert "abc_00012" not in hidden
    assert "a1b2c3" not in hidden
    assert "8万元" in hidden
    assert mask_text("流水号20240501123456", ()) == "流水号202*******3456"  # no clue, but long
