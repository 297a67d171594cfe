"""The rule files' data model (pydantic): what an officer may write, checked as it is read.

`python -m scamcheck.rules.schema` is not needed: `scamcheck rules schema` prints the JSON Schema made from these models.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

PHASES = ("contact", "identity", "pretext", "pressure", "isolation", "control", "payment")
POSITIVE_LEVELS = ("weak", "moderate", "strong", "decisive")
COUNTER_LEVELS = ("counter_weak", "counter_moderate", "counter_strong", "counter_decisive")
SPECIAL_CATEGORIES = ("shared", "counter")  # tactics many scripts use; evidence that a text is innocent
ENTITIES = {
    "phone": "手机号、座机、400 号、境外 +00 号码",
    "bank_card": "银行卡号(校验位相符)或写明是卡号的数字",
    "id_card": "身份证号(校验位相符)",
    "url": "网址",
    "short_link": "短链接",
    "lookalike_domain": "仿冒银行、机构、平台的域名",
    "contact_id": "QQ、微信、Telegram、LINE 等账号",
    "amount": "金额(数字或中文数字, 万/元)",
    "verification_code": "验证码数字",
    "app_name": "带书名号、引号的应用名",
    "deadline": "期限(今日内、24小时内、某时前)",
    "disguise": "被还原的任何伪装写法",
    "disguise_invisible": "夹在字间的不可见字符",
    "disguise_separator": "字间插入的空格、符号",
    "disguise_lookalike": "形近字母",
    "disguise_slang": "联系方式的暗语",
    "disguise_split": "拆字",
    "disguise_digits": "异形数字",
}

Phase = Literal["contact", "identity", "pretext", "pressure", "isolation", "control", "payment"]
Level = Literal[
    "weak", "moderate", "strong", "decisive", "counter_weak", "counter_moderate", "counter_strong", "counter_decisive"
]
Status = Literal["stable", "test", "deprecated"]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9-]*)+$", max_length=80)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Term = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Within = Annotated[int, Field(ge=0, le=500)] | Literal["sentence"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "term"
    if isinstance(value, dict):
        known = [key for key in value if key in ("any", "all", "none", "at_least", "near", "ordered", "regex", "rule")]
        if known == ["regex"] and set(value) <= {"regex", "needs"}:
            return "regex"
        if len(value) == 1 and known:
            return str(known[0])
    for kind, model in _KINDS.items():
        if isinstance(value, model):
            return kind
    return "unknown"


class AnyOf(_Model):
    """One of these is enough."""

    any: list[Condition] = Field(min_length=1)


class All(_Model):
    """Every one of these."""

    all: list[Condition] = Field(min_length=1)


class NoneOf(_Model):
    """None of these."""

    none: list[Condition] = Field(min_length=1)


class Count(_Model):
    n: int = Field(ge=1, le=50)
    of: list[Condition] = Field(min_length=1)

    @model_validator(mode="after")
    def _possible(self) -> Count:
        if self.n > len(self.of):
            raise ValueError(
                f"at_least asks for {self.n} of {len(self.of)} conditions, which can never be; lower n or add conditions"
            )
        return self


class AtLeast(_Model):
    """`n` different ones of these conditions."""

    at_least: Count


class Window(_Model):
    """All `terms`, at most `within` characters between one and the next (or all in one sentence)."""

    within: Within = 30
    terms: list[Condition] = Field(min_length=2)


class Near(_Model):
    """Terms near one another, in any order."""

    near: Window


class Ordered(_Model):
    """Terms near one another, in the order written."""

    ordered: Window


class Regex(_Model):
    """A pattern of the linear-time engine RE2, on the canonical (simplified, lower-case, half-width) text."""

    regex: Annotated[str, StringConstraints(min_length=2, max_length=400)]
    needs: list[Term] = Field(
        default_factory=list, description="The pattern is tried only where one of these phrases occurs"
    )

    @field_validator("regex")
    @classmethod
    def _compiles(cls, value: str) -> str:
        import re2

        try:
            pattern = re2.compile(value)
        except re2.error as error:
            raise ValueError(
                f"RE2 does not take this pattern: {error}; no look-around or back-references, use near/ordered instead"
            ) from None
        if pattern.search("") is not None:
            raise ValueError(
                "this pattern matches the empty text, so it would match everywhere; require at least one character"
            )
        return value


class RuleRef(_Model):
    """Another rule that must have fired. In `when`, this rule takes that one's place."""

    rule: RuleId


Condition = Annotated[
    Annotated[Term, Tag("term")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[All, Tag("all")]
    | Annotated[NoneOf, Tag("none")]
    | Annotated[AtLeast, Tag("at_least")]
    | Annotated[Near, Tag("near")]
    | Annotated[Ordered, Tag("ordered")]
    | Annotated[Regex, Tag("regex")]
    | Annotated[RuleRef, Tag("rule")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message="a condition is a phrase, $name, or a mapping with just one of any, all, none, at_least, near, ordered, regex, rule",
    ),
]
_KINDS: dict[str, type[BaseModel]] = {
    "any": AnyOf, "all": All, "none": NoneOf, "at_least": AtLeast, "near": Near, "ordered": Ordered, "regex": Regex, "rule": RuleRef,
}  # fmt: skip
_RECURSIVE: tuple[type[BaseModel], ...] = (*_KINDS.values(), Count, Window)
for _recursive in _RECURSIVE:
    _recursive.model_rebuild()


class Examples(_Model):
    """Texts of our own: the rule fires on every hit and on no miss."""

    hit: list[Text] = Field(min_length=1)
    miss: list[Text] = Field(min_length=1)


class Rule(_Model):
    """One red flag, or one sign of innocence."""

    id: RuleId
    title: Text = Field(description="Short Chinese name of the red flag")
    title_en: Text = Field(description="The same in English")
    phase: Phase | None = None
    evidence: Level = Field(description="How much it says, as a log-odds level of evidence.yaml")
    status: Status = "stable"
    group: Name | None = Field(
        default=None, description="Evidence of one group is capped together; the category if absent"
    )
    reason: Text = Field(description="Chinese: why this is a sign, in one sentence a citizen trusts")
    supports: dict[Name, Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=dict, description="Share of the evidence that speaks for other categories in the ranking"
    )
    negated: Literal["ignore", "count", "only"] = Field(
        default="ignore",
        description="What to do with phrases under a negation: ignore them, count them too, or want only them",
    )
    when: Condition
    unless: list[Condition] = Field(default_factory=list)
    examples: Examples
    references: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _phase_of_flag(self) -> Rule:
        if self.phase is None and self.evidence in POSITIVE_LEVELS:
            raise ValueError(f"a red flag needs its phase: one of {', '.join(PHASES)}")
        return self


class RuleFile(_Model):
    """A file of rules for one category, or for `shared` tactics, or `counter`-evidence."""

    category: Name
    rules: list[Rule] = Field(min_length=1)


class LexiconEntry(_Model):
    """A named list of phrases; `$other` includes another lexicon."""

    terms: list[Term] = Field(min_length=1)
    homophones: bool = Field(
        default=False, description="Also match homophone spellings of terms of three or more characters"
    )
    note: Text | None = None


def _lexicon_kind(value: Any) -> str:
    return "terms" if isinstance(value, list) else "entry"


Lexicon = Annotated[
    Annotated[list[Term], Field(min_length=1), Tag("terms")] | Annotated[LexiconEntry, Tag("entry")],
    Discriminator(_lexicon_kind),
]


class LexiconFile(_Model):
    """Lexicons by name."""

    lexicons: dict[Name, Lexicon] = Field(min_length=1)


class Exclusion(_Model):
    """Where a site silences a rule: in all texts, or in those the conditions name."""

    rule: RuleId
    reason: Text
    when: Condition | None = None


class ExclusionFile(_Model):
    exclude: list[Exclusion] = Field(min_length=1)


class Group(_Model):
    cap: float = Field(gt=0, le=20, description="The most log-odds this group may add or take away")


class Thresholds(_Model):
    low: float = Field(gt=0, lt=1)
    medium: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _rising(self) -> Thresholds:
        if not self.low < self.medium < self.high:
            raise ValueError("the thresholds must rise: low < medium < high")
        return self


class EvidenceFile(_Model):
    """What the evidence levels are worth, the caps, and the log-odds before any evidence."""

    levels: dict[Level, float]
    prior: float = Field(ge=-15, le=0)
    groups: dict[Name, Group]
    default_cap: float = Field(gt=0, le=20)
    total_cap: float = Field(gt=0, le=30, description="The most log-odds all red flags together may add")
    thresholds: Thresholds = Field(description="Scores at which the risk is low, medium, high when rules judge alone")

    @model_validator(mode="after")
    def _signs(self) -> EvidenceFile:
        for level in (*POSITIVE_LEVELS, *COUNTER_LEVELS):
            if level not in self.levels:
                raise ValueError(f"the level {level} has no value; give it one")
            if (self.levels[level] > 0) != (level in POSITIVE_LEVELS):
                raise ValueError(f"the level {level} has the wrong sign")
        return self


class Negator(_Model):
    """Words that turn what follows (or what precedes) into its opposite."""

    terms: list[Term] = Field(min_length=1)
    reach: Annotated[int, Field(ge=1, le=200)] = 14
    direction: Literal["forward", "backward"] = "forward"
    stop: Literal["clause", "sentence"] = "clause"
    except_after: list[Term] = Field(
        default_factory=list, description="Not a negation where one of these stands right before it"
    )
    except_before: list[Term] = Field(
        default_factory=list, description="Not a negation where one of these stands right after it"
    )


class Quotation(_Model):
    """Quotation marks as mention: where a cue stands outside them, what they hold is shown, not said."""

    cues: list[Term] = Field(min_length=1, description="Words of those who quote a swindler: 骗子, 套路, 不可信 …")
    min_length: Annotated[int, Field(ge=1, le=50)] = Field(
        description="Characters; shorter quotes are names, such as “安全账户”"
    )
    except_after: list[Term] = Field(
        default_factory=list, description="No cue where one of these stands right before it"
    )
    except_before: list[Term] = Field(
        default_factory=list, description="No cue where one of these stands right after it"
    )


class ContextFile(_Model):
    """Negation and quotation: what takes a phrase back, in which direction and how far."""

    negation: list[Negator] = Field(min_length=1)
    clause_words: list[Term] = Field(
        default_factory=list, description="Words that end a clause as a comma does: 但, 而是, 否则"
    )
    quotation: Quotation | None = None


MODELS: dict[str, type[BaseModel]] = {
    "rules": RuleFile,
    "lexicons": LexiconFile,
    "exclude": ExclusionFile,
    "levels": EvidenceFile,
    "negation": ContextFile,
}
NAME_REFERENCE = re.compile(r"\$([a-z][a-z0-9_]*)\Z")
