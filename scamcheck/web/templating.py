"""The templates and what they call: addresses of static files, numbers and times in words."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scamcheck import __version__
from scamcheck.taxonomy import BENIGN
from scamcheck.verdict import RISK_NAMES
from scamcheck.web.case import JUDGEMENT_NAMES, PHASES, RISK_SIGNS
from scamcheck.web.marking import visible

_HERE = Path(__file__).resolve().parent


@cache
def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        visible=visible, local=_local, percent=_percent, short=_short, signed=_signed, data=_data
    )
    environment.globals.update(
        asset=_asset, version=__version__, PHASES=PHASES, RISK_SIGNS=RISK_SIGNS, RISK_NAMES=RISK_NAMES["zh"], BENIGN=BENIGN,
        JUDGEMENT_NAMES=JUDGEMENT_NAMES,
    )  # fmt: skip
    return environment


@cache
def static_text(name: str) -> str:
    """A static file's content, for pages that must stand alone."""
    return (_HERE / "static" / name).read_text("utf-8")


@cache
def _asset(name: str) -> str:
    """Address of a static file, changed with its content, so that an upgrade is seen at once."""
    digest = hashlib.sha256((_HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:10]}"


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _percent(share: float) -> str:
    """A probability in words no one misreads: 0 and 100 % are never certain."""
    if share >= 0.999:
        return "99.9% 以上"
    if share < 0.001:
        return "不到 0.1%"
    return f"{share:.1%}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _short(text: str, length: int = 60) -> str:
    line = " ".join(visible(text[: 4 * length]).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _data(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
