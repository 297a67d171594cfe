"""The 16 scam categories: names, warnings, script steps and advice, from `rules/taxonomy.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scamcheck.rules.source import Document

TAXONOMY_FILE = "taxonomy.yaml"
BENIGN = "benign"
CODES = (
    "military_procurement", "law_enforcement", "credit_closure", "ecommerce_service", "order_brushing", "investment", "loan",
    "shopping", "boss_acquaintance", "game_trade", "romance", "gambling", "account_trading", "phishing", "extortion", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Category:
    """One scam script as the police statistics name it. Texts are Chinese unless the name ends in `_en`."""

    code: str
    name: str
    name_en: str
    warning: str
    warning_en: str
    steps: tuple[tuple[str, str], ...]  # (phase, what happens), in order
    targets: tuple[str, ...]
    never: tuple[str, ...]  # “the real one never …”
    verify: tuple[str, ...]
    before_paying: tuple[str, ...]
    after_paying: tuple[str, ...]
    advice_en: tuple[str, ...]
    references: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code, "name": self.name, "name_en": self.name_en, "warning": self.warning, "warning_en": self.warning_en,
            "steps": [{"phase": phase, "text": text} for phase, text in self.steps],
            "targets": list(self.targets), "never": list(self.never), "verify": list(self.verify),
            "before_paying": list(self.before_paying), "after_paying": list(self.after_paying),
            "advice_en": list(self.advice_en), "references": list(self.references),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Category:
        lists = ("targets", "never", "verify", "before_paying", "after_paying", "advice_en", "references")
        return cls(
            code=data["code"], name=data["name"], name_en=data["name_en"], warning=data["warning"], warning_en=data["warning_en"],
            steps=tuple((step["phase"], step["text"]) for step in data["steps"]),
            **{key: tuple(data[key]) for key in lists},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All categories, in the order of the file."""

    categories: tuple[Category, ...]
    benign_name: str
    benign_name_en: str

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(category.code for category in self.categories)

    def __getitem__(self, code: str) -> Category:
        for category in self.categories:
            if category.code == code:
                return category
        raise KeyError(code)

    def name(self, code: str, *, lang: str = "zh") -> str:
        """Name of a category code, `benign` included."""
        if code == BENIGN:
            return self.benign_name if lang == "zh" else self.benign_name_en
        return self[code].name if lang == "zh" else self[code].name_en

    def to_dict(self) -> dict[str, Any]:
        return {
            "benign_name": self.benign_name,
            "benign_name_en": self.benign_name_en,
            "categories": [category.to_dict() for category in self.categories],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Taxonomy:
        categories = tuple(Category.from_dict(item) for item in data["categories"])
        return cls(categories, data["benign_name"], data["benign_name_en"])


def load_taxonomy(document: Document) -> Taxonomy | None:
    """The taxonomy of a parsed file; what is wrong lands in `document.problems`."""
    from pydantic import ValidationError

    from scamcheck.rules.load import explain
    from scamcheck.rules.taxonomy_schema import TaxonomyFile

    if document.problems:
        return None
    try:
        model = TaxonomyFile.model_validate(document.data)
    except ValidationError as error:
        document.problems.extend(explain(error, document))
        return None
    return Taxonomy.from_dict(
        {
            "benign_name": model.benign.name,
            "benign_name_en": model.benign.name_en,
            "categories": [category.model_dump() for category in model.categories],
        }
    )
