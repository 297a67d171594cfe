"""Reading the training corpus: records, slots, and their deterministic expansion into messages."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scamcheck.errors import InputError
from scamcheck.taxonomy import BENIGN, CODES

REGISTERS = (
    "sms",
    "fbs",
    "chat",
    "call",
    "polite",
    "retell",
    "fragment",
    "letter",
    "dialect",
    "traditional",
    "disguised",
)
BENIGN_TOPICS = (
    "otp", "bank", "payment", "courier", "operator", "government", "hospital", "school", "property", "travel", "utility",
    "police_publicity", "case_bulletin", "news", "marketing", "realestate", "lender_ad", "insurance", "job_ad", "work_chat",
    "family_chat", "friend_chat", "group_notice", "service_call", "citizen", "general",
)  # fmt: skip
_SLOT = re.compile(r"\{([a-z][a-z0-9]*)\}")
_FIELDS = {"text", "label", "topic", "register"}

Slots = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the corpus: a message, possibly with slots.

    `group` is the author group (folder), `template` the stable id `group/file#line` by which splits are made.
    """

    text: str
    label: str
    topic: str
    register: str
    group: str
    template: str

    @property
    def scam(self) -> bool:
        return self.label != BENIGN


@dataclass(frozen=True, slots=True)
class Message:
    """One expanded text of a record."""

    text: str
    record: Record


def read_corpus(directory: str | Path) -> list[Record]:
    """Every record below `directory`, in path and line order.

    Raises `InputError` naming file and line for a line that is not a valid record.
    """
    root = Path(directory)
    files = sorted(root.glob("*/*.jsonl"))
    if not files:
        raise InputError(f"no corpus at {root}: expected {root}/<author group>/*.jsonl")
    return [record for file in files for record in _read_file(file, root)]


def _read_file(file: Path, root: Path) -> Iterator[Record]:
    name = file.relative_to(root).as_posix()
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        where = f"{name}:{number}"
        try:
            data = json.loads(line)
        except ValueError as error:
            raise InputError(f"{where}: not JSON ({error}); one object a line") from None
        if not isinstance(data, dict) or set(data) != _FIELDS or not all(isinstance(data[key], str) for key in _FIELDS):
            raise InputError(f"{where}: a record has just the text fields {', '.join(sorted(_FIELDS))}")
        if not data["text"].strip():
            raise InputError(f"{where}: the text is empty")
        if data["label"] not in (*CODES, BENIGN):
            raise InputError(f"{where}: unknown label {data['label']}; use a code of the taxonomy or benign")
        if data["topic"] not in (*CODES, *BENIGN_TOPICS):
            raise InputError(f"{where}: unknown topic {data['topic']}; see corpus/README.md")
        if data["label"] != BENIGN and data["topic"] != data["label"]:
            raise InputError(f"{where}: a scam's topic is its own label, not {data['topic']}")
        if data["register"] not in REGISTERS:
            raise InputError(f"{where}: unknown register {data['register']}; one of {', '.join(REGISTERS)}")
        yield Record(**data, group=file.parent.name, template=f"{name.removesuffix('.jsonl')}#{number}")


def read_slots(directory: str | Path) -> Slots:
    """Fillers by slot name from `slots.yaml`."""
    import yaml

    data = yaml.safe_load((Path(directory) / "slots.yaml").read_text("utf-8"))
    return {name: [str(value) for value in values] for name, values in data.items()}


def slots_of(text: str) -> list[str]:
    """Names of the slots in a text, in order."""
    return _SLOT.findall(text)


def expand(record: Record, slots: Slots, *, copies: int) -> list[Message]:
    """Up to `copies` different fillings of a record's slots; one message for a record without slots.

    Fillings depend on the record's template id alone, so the corpus expands to the same messages everywhere.
    """
    names = slots_of(record.text)
    for name in names:
        if name not in slots:
            raise InputError(f"{record.template}: unknown slot {{{name}}}; define it in slots.yaml")
    if not names:
        return [Message(record.text, record)]
    seed = int.from_bytes(hashlib.sha256(record.template.encode()).digest()[:8], "big")
    chance = random.Random(seed)  # noqa: S311 - reproducible fillings
    texts: dict[str, None] = {}
    for _ in range(copies):
        texts.setdefault(_SLOT.sub(lambda match: chance.choice(slots[match[1]]), record.text))
    return [Message(text, record) for text in texts]


def expand_all(records: Iterable[Record], slots: Slots, *, copies: int) -> list[Message]:
    """Every record expanded, in order."""
    return [message for record in records for message in expand(record, slots, copies=copies)]


def corpus_digest(directory: str | Path) -> str:
    """SHA-256 over the corpus files' names and bytes."""
    root = Path(directory)
    total = hashlib.sha256()
    for file in [*sorted(root.glob("*/*.jsonl")), root / "slots.yaml"]:
        raw = file.read_bytes()
        total.update(f"{file.relative_to(root).as_posix()}:{len(raw)}\n".encode())
        total.update(raw)
    return total.hexdigest()


def records_digest(records: Sequence[Record]) -> str:
    """SHA-256 over texts and labels, in order."""
    total = hashlib.sha256()
    for record in records:
        total.update(f"{record.label}:{len(record.text)}:".encode())
        total.update(record.text.encode("utf-8", "surrogatepass"))
    return total.hexdigest()
