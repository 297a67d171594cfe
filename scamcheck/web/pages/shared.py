"""What all pages share: templates, form reading, the look-alike index, the rules as written, the batches in memory."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import threading
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from scamcheck import __version__
from scamcheck.classifier import Classifier
from scamcheck.errors import InputError
from scamcheck.lookalikes import LookAlike, LookAlikes
from scamcheck.taxonomy import BENIGN
from scamcheck.verdict import RISK_NAMES
from scamcheck.web import app as application
from scamcheck.web.case import JUDGEMENT_NAMES, PHASES, RISK_SIGNS, Case, case_of
from scamcheck.web.marking import visible
from scamcheck.web.pages.batches import Batches
from scamcheck.web.pages.rulebook import Rulebook
from scamcheck.web.problems import HttpProblem
from scamcheck.web.security import check_csrf, csrf_token

_HERE = Path(__file__).resolve().parent.parent
_LOOK_ALIKES = 3
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by spreadsheets


class Pages:
    """The pages' memory: nothing of it is on disk, nothing but batches comes from messages."""

    def __init__(self, desk: application.Desk) -> None:
        self.rulebook = Rulebook(desk.classifier, desk.settings.overlay)
        self.batches = Batches()
        self._lock = threading.Lock()
        self._lookalikes = LookAlikes.load(desk.classifier.current)

    def lookalikes(self, classifier: Classifier, text: str) -> tuple[LookAlike, ...]:
        """The known scripts nearest to a text; the index follows the model in use."""
        if classifier.model_version != self._lookalikes.model_version:
            with self._lock:
                if classifier.model_version != self._lookalikes.model_version:
                    self._lookalikes = LookAlikes.load(classifier)
        return self._lookalikes.nearest(classifier, text, _LOOK_ALIKES)


def pages(request: Request) -> Pages:
    found: Pages = request.app.state.pages
    return found


async def checked_form(request: Request) -> AsyncIterator[FormData]:
    """Dependency: the fields of a form sent by our own page; a field may be as long as a body."""
    limits = application.desk(request).settings.limits
    async with request.form(max_files=1, max_fields=100, max_part_size=limits.body_bytes) as form:
        await check_csrf(request)
        yield form


Form = Annotated[FormData, Depends(checked_form)]


def field(form: Mapping[str, Any], name: str) -> str:
    """A text field, '' where it is missing."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


async def upload(form: FormData, name: str) -> tuple[str, bytes] | None:
    """Name and content of an uploaded file, None where none was chosen."""
    value = form.get(name)
    if not isinstance(value, UploadFile) or not value.filename:
        return None
    return value.filename, await value.read()


def message_text(request: Request, form: Mapping[str, Any]) -> str:
    """The field `text` within the size served. Line ends are as pasted, not the CRLF a form sends. Raises `HttpProblem`."""
    text = field(form, "text").replace("\r\n", "\n")
    most = application.desk(request).settings.limits.text_chars
    if len(text) > most:
        raise HttpProblem(
            413, "too-long", f"文字有 {len(text):,} 个字，一次最多 {most:,} 个。请分几次贴，或存成文件上传。",
            f"the text has {len(text):,} characters; at most {most:,} at once",
        )  # fmt: skip
    return text


def bad_input(error: InputError) -> HttpProblem:
    return HttpProblem(422, "bad-input", str(error), str(error))


def not_found(what: str) -> HttpProblem:
    return HttpProblem(
        404, "not-found", f"没有这{what}，可能已经删除。", "there is no such thing; it may have been deleted"
    )


async def judge(
    request: Request, text: str, *, hide_numbers: bool = False
) -> tuple[Case, dict[str, Any], tuple[LookAlike, ...]]:
    """The case, the verdict as it would be kept, and the look-alikes of a text."""
    desk = application.desk(request)
    (judged,) = await desk.judging.judge([text])
    verdict: dict[str, Any] = json.loads(judged.body)
    case, near = await run_in_threadpool(case_and_near, request, text, verdict, hide_numbers=hide_numbers)
    return case, verdict, near


def case_and_near(
    request: Request, text: str, verdict: Mapping[str, Any], *, hide_numbers: bool = False
) -> tuple[Case, tuple[LookAlike, ...]]:
    """What is shown beside a verdict, fresh or kept."""
    classifier = application.desk(request).classifier.current
    near = pages(request).lookalikes(classifier, text) if verdict["risk"] != "none" else ()
    return case_of(text, verdict, classifier.taxonomy, hide_numbers=hide_numbers), near


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page; for htmx the same template renders its main part alone."""
    desk = application.desk(request)
    taxonomy = desk.classifier.current.taxonomy
    html = templates().get_template(template).render(
        request=request, csrf=csrf_token(request), partial=request.headers.get("hx-request") == "true", taxonomy=taxonomy,
        rule_problems=desk.classifier.problems, limits=desk.settings.limits, **context,
    )  # fmt: skip
    return HTMLResponse(html.encode("utf-8", "replace"), status)


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A table for spreadsheet programs: UTF-8 with a mark they need, cells that look like formulas quoted."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(
        stream.getvalue().encode("utf-8-sig", "replace"), media_type="text/csv; charset=utf-8", headers=headers
    )


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


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
