"""Data model of `taxonomy.yaml`."""

from __future__ import annotations

from pydantic import Field, model_validator

from scamcheck.rules.schema import Name, Phase, Text, _Model
from scamcheck.taxonomy import CODES


class Step(_Model):
    phase: Phase
    text: Text


class CategoryEntry(_Model):
    """One scam category."""

    code: Name
    name: Text = Field(description="Official Chinese name of the police statistics")
    name_en: Text
    warning: Text = Field(description="一句话: one sentence that stops a person")
    warning_en: Text
    steps: list[Step] = Field(min_length=3, description="The script, in order")
    targets: list[Text] = Field(min_length=1)
    never: list[Text] = Field(min_length=1, description="What the real one never does")
    verify: list[Text] = Field(min_length=1, description="How to verify through an official channel")
    before_paying: list[Text] = Field(min_length=1)
    after_paying: list[Text] = Field(min_length=1)
    advice_en: list[Text] = Field(min_length=1)
    references: list[Text] = Field(min_length=1)


class BenignEntry(_Model):
    name: Text
    name_en: Text


class TaxonomyFile(_Model):
    """`taxonomy.yaml`: every scam category, in the order shown."""

    benign: BenignEntry
    categories: list[CategoryEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _codes(self) -> TaxonomyFile:
        codes = [category.code for category in self.categories]
        if sorted(codes) != sorted(CODES):
            missing, extra = sorted(set(CODES) - set(codes)), sorted(set(codes) - set(CODES))
            raise ValueError(
                f"the categories must be the 16 stable codes, each once; missing: {missing}, unknown or repeated: {extra}"
            )
        return self
