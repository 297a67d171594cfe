"""No way in and no short cut changes a verdict: one by one, many, scores alone; gated rules and all rules."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

import scamcheck
from scamcheck.disguising import TRANSFORMS
from scamcheck.entities import find_entities, possible_entities
from scamcheck.matcher import places_of
from scamcheck.model.corpus import expand_all, read_corpus, read_slots
from scamcheck.normalize import normalize
from scamcheck.resources import rules_directory
from scamcheck.rules.evaluate import RuleEngine

CORPUS = rules_directory().parent / "corpus"
ENTITIES = (
    "phone", "url", "contact_id", "amount", "verification_code", "app_name", "deadline", "bank_card", "id_card", "short_link",
    "lookalike_domain",
)  # fmt: skip
_SCRAPS = [
    *"转账安全户验证码加微信qQvx扣❤★ \n。,!?0123456789一二三四五六七八九十.*-:【】“”",
    "http://",
    "www.",
    ".cn",
    "元",
    "万",
    "\u200b",
]


def corpus_texts() -> list[str]:
    return [message.text for message in expand_all(read_corpus(CORPUS), read_slots(CORPUS), copies=2)]


def random_texts(count: int, base: list[str], seed: int) -> Iterator[str]:
    """Scraps, pieces of messages put together, disguised messages, messages with characters of all Unicode strewn in."""
    chance = random.Random(seed)
    names = list(TRANSFORMS)
    for number in range(count):
        kind = number % 4
        if kind == 0:
            yield "".join(chance.choices(_SCRAPS, k=chance.randrange(60)))
        elif kind == 1:
            pieces = [chance.choice(base) for _ in range(chance.randint(1, 5))]
            starts = [chance.randrange(len(piece)) for piece in pieces]
            parts = [piece[at : at + chance.randint(1, 40)] for piece, at in zip(pieces, starts, strict=True)]
            yield chance.choice(["", " ", "\n", "。"]).join(parts)
        elif kind == 2:
            yield TRANSFORMS[chance.choice(names)](chance.choice(base), chance, chance.choice([0.1, 0.3, 0.6]))
        else:
            yield "".join(
                chr(chance.randrange(0x110000)) if chance.random() < 0.1 else character
                for character in chance.choice(base)
            )


def check(classifier: scamcheck.Classifier, texts: list[str]) -> None:
    many = classifier.classify_many(texts)
    for text, verdict, score in zip(texts, many, classifier.score_many(texts), strict=True):
        one = classifier.classify(text)
        assert one.to_dict() == verdict.to_dict(), text
        assert score == (one.label, one.risk, one.score), text


def test_ways_in_agree(shipped: scamcheck.Classifier) -> None:
    base = corpus_texts()
    chance = random.Random(7)
    check(shipped, [*chance.sample(base, 700), *random_texts(800, base, seed=8)])


@pytest.mark.slow
def test_ways_in_agree_on_a_hundred_thousand_texts(shipped: scamcheck.Classifier) -> None:
    base = corpus_texts()
    texts = [*base, *random_texts(100_000 - len(base), base, seed=9)]
    for first in range(0, len(texts), 5000):
        check(shipped, texts[first : first + 5000])


def test_scores_refuse_what_classify_refuses(shipped: scamcheck.Classifier) -> None:
    with pytest.raises(TypeError, match="text"):
        shipped.score_many([None])  # type: ignore[list-item]
    with pytest.raises(scamcheck.InputTypeError, match="list"):
        shipped.score_many("one message")
    assert shipped.score_many(iter(["您好", "您好"])) == [shipped.score_many(["您好"])[0]] * 2
    assert scamcheck.score_many([]) == []


class _Ungated(RuleEngine):
    """Looks at every rule in every message, and asks no condition whether it could hold."""

    def fire(self, match):  # type: ignore[no-untyped-def]
        self.always = tuple(index for index, item in enumerate(self._compiled) if not item["silenced"])
        self._needs = [0] * len(self.rules)
        return super().fire(match)

    def _fires(self, index, match):  # type: ignore[no-untyped-def]
        match.clues = -1  # every bit set: every atom may be present
        return super()._fires(index, match)


def test_rules_left_out_by_the_clues_would_not_fire(shipped: scamcheck.Classifier) -> None:
    base = corpus_texts()
    everything = _Ungated(shipped._compiled)
    for text in [*random.Random(3).sample(base, 60), *random_texts(60, base, seed=4)]:
        canonical = normalize(text)
        places = places_of(shipped._matcher.find(canonical.text))
        homophones = shipped._matcher.find_homophones(canonical.text)
        engine = shipped.engine
        gated = engine.fire(engine.match(canonical, places, homophones))
        ungated = everything.fire(everything.match(canonical, places, homophones))
        assert {name: item.spans for name, item in gated.items()} == {name: item.spans for name, item in ungated.items()}, text  # fmt: skip


def test_entities_that_are_found_were_possible() -> None:
    base = corpus_texts()
    for text in [*base[::3], *random_texts(3000, base, seed=5)]:
        canonical = normalize(text).text
        possible = possible_entities(canonical)
        found = {name for name in ENTITIES if find_entities(name, canonical)}
        latin = any(character in "abcdefghijklmnopqrstuvwxyz0123456789" for character in canonical)
        assert found <= possible or not latin, (text, found - possible)
