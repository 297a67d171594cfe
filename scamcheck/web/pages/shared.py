"""What all pages share: templates, form reading, the look-alike index, the rules as written, the batches in memory."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from scamcheck.classifier import Classifier
from scamcheck.errors import InputError
from scamcheck.lookalikes import LookAlike, LookAlikes
from scamcheck.web import app as application
from scamcheck.web.batches import Batches
from scamcheck.web.case import Case, case_of
from scamcheck.web.pages.rulebook import Rulebook
from scamcheck.web.problems import HttpProblem
from scamcheck.web.security import check_csrf, csrf_token
from scamcheck.web.templating import templates

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
