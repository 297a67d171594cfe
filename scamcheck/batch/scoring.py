"""The one function everything else is built on: `BatchScorer.score_batch`, Arrow record batch in, Arrow record batch out."""

from __future__ import annotations

import hashlib
import itertools
import json
import pickle
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import pyarrow as pa
import pyarrow.compute as pc

from scamcheck.batch.errors import BatchError
from scamcheck.classifier import Classifier
from scamcheck.masking import mask_numbers
from scamcheck.taxonomy import BENIGN
from scamcheck.verdict import Risk

if TYPE_CHECKING:
    from scamcheck.model.runtime import TermModel

_NAMES = pa.list_(pa.string())
SCORE_FIELDS: tuple[pa.Field, ...] = (
    pa.field("label", pa.string()),  # category code, or benign
    pa.field("name", pa.string()),  # its name
    pa.field("risk", pa.string()),  # none low medium high
    pa.field("score", pa.float64()),  # P(scam)
    pa.field("flags", _NAMES),  # red flags, strongest first: rule ids …
    pa.field("titles", _NAMES),  # … their titles …
    pa.field("quotes", _NAMES),  # … and what they found, one entry a flag
    pa.field("advice", pa.string()),  # code under which the taxonomy keeps the advice; null if there is none
)
PREFIX = "scam_"
_REMEMBERED = 2_000_000  # characters of the messages whose judgement is remembered


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Compiled rules and a model as plain data, to be carried to another process or machine and made a classifier there."""

    compiled: dict[str, Any]
    model: TermModel | None
    digest: str  # of both

    @classmethod
    def load(
        cls, *, rules: str | Path | Sequence[str | Path] | None = None, model: str | Path | bool | None = None
    ) -> Knowledge:
        """Arguments and errors are those of `Classifier.load`."""
        from scamcheck.resources import load_compiled, load_model

        compiled, loaded = load_compiled(rules), load_model(model)
        return cls(compiled, loaded, f"{compiled['digest'][:16]}-{model_digest(loaded)[:16]}")

    def classifier(self) -> Classifier:
        """The classifier, built once in a process and kept until other rules or another model are asked for."""
        return _built_once(self.digest, lambda: self)

    def packed(self) -> PackedKnowledge:
        return PackedKnowledge(self.digest, zlib.compress(pickle.dumps(self)))


@dataclass(frozen=True, slots=True)
class PackedKnowledge:
    """Knowledge small enough to go out with every task; unpacked only in a process that has not built its classifier yet."""

    digest: str
    content: bytes

    def classifier(self) -> Classifier:
        return _built_once(self.digest, lambda: pickle.loads(zlib.decompress(self.content)))  # noqa: S301


_built: tuple[str, Classifier] | None = None


def _built_once(digest: str, knowledge: Callable[[], Knowledge]) -> Classifier:
    global _built
    if _built is None or _built[0] != digest:
        found = knowledge()
        _built = (digest, Classifier(found.compiled, found.model))
    return _built[1]


def model_digest(model: TermModel | None) -> str:
    """Of weights, terms and thresholds."""
    if model is None:
        return "none".ljust(16, "-")
    manifest = json.dumps(dict(model.manifest), sort_keys=True, default=str)
    return hashlib.sha256(manifest.encode()).hexdigest()


class _Judged(NamedTuple):
    """What the columns say of one message."""

    kind: int  # number of its (label, risk)
    score: float
    flags: _Flags | None  # of messages with any risk


class _Flags(NamedTuple):
    ids: list[str]
    titles: list[str]
    quotes: list[str]


_NO_FLAGS = _Flags([], [], [])


class BatchScorer:
    """Adds the columns of `SCORE_FIELDS` to record batches. Remembers the latest messages, which an equal one later need not be judged for.

    Parameters
    ----------
    classifier : what judges.
    text : name of the column with the messages (string, large string, string view or dictionary of them).
    prefix : put before the names of the new columns.
    lang : zh or en, of names and titles.
    mask : hide the middle of personal numbers in quotes.
    """

    def __init__(
        self, classifier: Classifier, text: str, *, prefix: str = PREFIX, lang: str = "zh", mask: bool = True
    ) -> None:
        self.classifier = classifier
        self.text = text
        self.lang = lang
        self.mask = mask
        self.fields = score_fields(prefix)
        codes = (BENIGN, *classifier.taxonomy.codes)
        self._kinds = {kind: number for number, kind in enumerate(itertools.product(codes, get_args(Risk)))}
        self._of_kind = {
            "label": pa.array([label for label, _ in self._kinds]),
            "name": pa.array([classifier.taxonomy.name(label, lang=lang) for label, _ in self._kinds]),
            "risk": pa.array([risk for _, risk in self._kinds]),
            "advice": pa.array([None if label == BENIGN else label for label, _ in self._kinds]),
        }
        self._known: dict[str, _Judged] = {}
        self._characters = 0  # of the messages known

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """The schema `score_batch` gives for batches of `schema`. Raises `BatchError` if a column is missing or in the way."""
        return scored_schema(schema, self.text, self.fields)

    def score_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """`batch` with the new columns after its own, row for row. A null message gets nulls; an equal one is judged once."""
        schema = self.schema(batch.schema)
        scores = self.score_texts(batch.column(self.text))
        return pa.RecordBatch.from_arrays([*batch.columns, *scores], schema=schema)

    def score_texts(self, texts: pa.Array) -> list[pa.Array]:
        """The new columns for an array of messages."""
        distinct = as_strings(texts).dictionary_encode()
        judged = self._judge(distinct.dictionary.to_pylist())
        kinds = pa.array([item.kind for item in judged], pa.int32()).take(distinct.indices)
        columns = {name: values.take(kinds) for name, values in self._of_kind.items()}
        columns["score"] = pa.array([item.score for item in judged], pa.float64()).take(distinct.indices)
        rows, numbers = [_NO_FLAGS], []
        for item in judged:
            numbers.append(len(rows) if item.flags else 0)
            if item.flags:
                rows.append(item.flags)
        at = pa.array(numbers, pa.int32()).take(distinct.indices)
        for name, values in zip(("flags", "titles", "quotes"), zip(*rows, strict=True), strict=True):
            columns[name] = pa.array(values, _NAMES).take(at)
        return [columns[field.name] for field in SCORE_FIELDS]

    def _judge(self, texts: Sequence[str]) -> list[_Judged]:
        unknown = [text for text in texts if text not in self._known]
        self._characters += sum(map(len, unknown))
        if self._characters > _REMEMBERED:
            self._known, unknown = {}, list(texts)
            self._characters = sum(map(len, unknown))
        known = self._known
        for text, score in zip(unknown, self.classifier.score_many(unknown), strict=True):
            # Explaining costs more than judging, and without any risk there is nothing to explain.
            flags = None if score.risk == "none" else self._flags(text)
            known[text] = _Judged(self._kinds[score.label, score.risk], score.score, flags)
        return [known[text] for text in texts]

    def _flags(self, text: str) -> _Flags:
        flags = self.classifier.classify(text).red_flags
        shown = mask_numbers(text) if self.mask else text
        return _Flags(
            [flag.rule_id for flag in flags],
            [flag.title if self.lang == "zh" else flag.title_en for flag in flags],
            ["…".join(dict.fromkeys(shown[start:end] for start, end in flag.spans)) for flag in flags],
        )


def score_fields(prefix: str = PREFIX) -> list[pa.Field]:
    return [field.with_name(prefix + field.name) for field in SCORE_FIELDS]


def scored_schema(schema: pa.Schema, text: str, fields: Sequence[pa.Field]) -> pa.Schema:
    check_text_column(schema, text)
    taken = [field.name for field in fields if field.name in schema.names]
    if taken:
        raise BatchError(
            f"输入里已有名为 {taken[0]} 的列 (可能本来就是判断结果); 请改掉列名, 或换一个前缀 (--prefix)",
            f"there is a column {taken[0]} already (perhaps this is a result); rename it or choose another prefix (--prefix)",
        )
    for field in fields:
        schema = schema.append(field)
    return schema


def check_text_column(schema: pa.Schema, text: str) -> None:
    """Raises `BatchError` unless `schema` has exactly one column `text`, and it holds strings."""
    found = schema.get_all_field_indices(text)
    if len(found) != 1:
        columns = "、".join(schema.names[:30])
        raise BatchError(
            f"没有名为 {text} 的列; 有这些列: {columns}; 请用 --text 指定"
            if not found
            else f"有 {len(found)} 列都叫 {text}, 请改掉列名",
            f"there is no column {text}; there are {columns.replace('、', ', ')}: name the right one"
            if not found
            else f"{len(found)} columns are called {text}; rename them",
        )
    kind = schema.field(found[0]).type
    if not is_text(kind):
        raise BatchError(
            f"{text} 列不是文本 (类型是 {kind}); 请用 --text 指定放消息内容的列",
            f"column {text} is not text (it is {kind}); name the column that holds the messages",
        )


def is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        or pa.types.is_null(kind)
    )  # fmt: skip


def as_strings(texts: pa.Array) -> pa.Array:
    """Text of any Arrow layout as plain strings; bytes that are no UTF-8 become U+FFFD."""
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    if not pa.types.is_string(texts.type):
        texts = pc.cast(texts, pa.string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raw = texts.cast(pa.binary()).to_pylist()
        return pa.array([None if item is None else item.decode("utf-8", "replace") for item in raw], pa.string())
    return texts
