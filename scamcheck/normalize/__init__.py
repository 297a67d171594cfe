"""Normalisation: text as given to canonical text, with an offset map and the signs of disguise.

    normalize("加*微*信")    canonical text 加微信, spans back into the text as given, one separator disguise
    fold("銀行卡")           the canonical form of a rule phrase
    homophone_key("砖涨")    the key 转账 shares; for a second look-up of long lexicon terms

Messages are matched on canonical text, so a phrase matches only in the form `normalize(phrase).text`. Where that
differs from `fold(phrase)` the phrase is itself a disguise or slang (vx) and its canonical form (微信) says it better.
"""

from .canonical import Canonical, Disguise
from .folding import fold, homophone_key
from .pipeline import normalize

__all__ = ["Canonical", "Disguise", "fold", "homophone_key", "normalize"]
