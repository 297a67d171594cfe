"""JSON Schema of the rule files, for editors: made from the pydantic models, committed under `rules/schema/`, checked current."""

from __future__ import annotations

import json

from pydantic import BaseModel

from scamcheck.rules.reasons import ReasonFile
from scamcheck.rules.schema import MODELS
from scamcheck.rules.taxonomy_schema import TaxonomyFile

_TITLES = {
    "rules": "rule file",
    "lexicons": "lexicon file",
    "exclude": "exclusion file",
    "levels": "evidence levels",
    "negation": "negation",
    "taxonomy": "taxonomy",
    "reasons": "English reasons",
}
_ALL: dict[str, type[BaseModel]] = {**MODELS, "taxonomy": TaxonomyFile, "reasons": ReasonFile}


def schema_text(kind: str) -> str:
    """The schema of one kind of file (a key of `MODELS`, taxonomy or reasons), as committed."""
    schema = _ALL[kind].model_json_schema()
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"scamcheck {_TITLES[kind]}",
    }
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def schema_files() -> dict[str, str]:
    """Every committed schema file by name."""
    return {f"{kind}.schema.json": schema_text(kind) for kind in _ALL}
