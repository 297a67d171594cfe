"""What was kept: search, filter, judge again, delete, export, print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from scamcheck.clues import find_clues
from scamcheck.errors import InputError
from scamcheck.masking import mask_text
from scamcheck.verdict import RISK_NAMES
from scamcheck.web.app import desk
from scamcheck.web.case import JUDGEMENT_NAMES
from scamcheck.web.pages.desk import judgement_of
from scamcheck.web.pages.shared import Form, bad_input, case_and_near, csv_file, field, not_found, render
from scamcheck.web.store import Entry, Query

router = APIRouter(prefix="/history")


@router.get("")
def recent(request: Request, batch: str = "") -> Response:
    return _list(request, Query(batch=batch or None), 1)


@router.post("")
async def search(request: Request, form: Form) -> Response:
    """Filtered by a form that is posted: what is looked for may be message text, and addresses end up in logs."""
    page = field(form, "page")
    number = int(page[:6]) if page.isdecimal() else 1
    return await run_in_threadpool(_list, request, _query(form), number, field(form, "since"), field(form, "until"))


@router.post("/export.csv")
async def export(request: Request, form: Form) -> Response:
    return await run_in_threadpool(_export, request, _query(form), bool(field(form, "full")))


@router.post("/delete")
async def delete(request: Request, form: Form) -> Response:
    """Delete the chosen entries."""
    ids = [
        int(value) for value in form.getlist("id") if isinstance(value, str) and value.isdecimal() and len(value) < 19
    ]
    await run_in_threadpool(desk(request).store.delete, ids)
    return RedirectResponse("/history", 303)


@router.get("/{entry_id}")
def entry_page(request: Request, entry_id: int) -> Response:
    entry = _entry(request, entry_id)
    case, near = case_and_near(request, entry.text, entry.verdict)
    return render(request, "entry.html", entry=entry, case=case, near=near)


@router.get("/{entry_id}/report")
def entry_report(request: Request, entry_id: int, full: bool = False) -> Response:
    entry = _entry(request, entry_id)
    case, _ = case_and_near(request, entry.text, entry.verdict, hide_numbers=not full)
    return render(request, "report.html", entry=entry, case=case, hidden=not full, made=datetime.now(UTC))


@router.post("/{entry_id}/judge")
async def judge_entry(request: Request, entry_id: int, form: Form) -> Response:
    judgement, label, note = judgement_of(form)
    if judgement == "wrong_category" and not label:
        raise bad_input(InputError("选了“类别不对”，请再选出正确的类别。"))
    try:
        await run_in_threadpool(desk(request).store.judge, entry_id, judgement, label=label, note=note)
    except (KeyError, OverflowError):
        raise not_found("条记录") from None
    except InputError as error:
        raise bad_input(error) from None
    return RedirectResponse(f"/history/{entry_id}", 303)


def _entry(request: Request, entry_id: int) -> Entry:
    try:
        return desk(request).store.get(entry_id)
    except (KeyError, OverflowError):
        raise not_found("条记录") from None


def _query(form: Any) -> Query:
    """Days are the officer's: from the first one's midnight to the last one's end, where the server stands."""
    return Query(
        text=field(form, "q"), label=field(form, "label") or None, risk=field(form, "risk") or None,
        judgement=field(form, "judgement") or None, batch=field(form, "batch") or None,
        since=_midnight(field(form, "since")), until=_midnight(field(form, "until"), days=1),
    )  # fmt: skip


def _midnight(day: str, *, days: int = 0) -> str | None:
    try:
        local = datetime.strptime(day, "%Y-%m-%d") + timedelta(days=days)
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except (ValueError, OverflowError, OSError):
        return None


def _list(request: Request, query: Query, number: int, since: str = "", until: str = "") -> Response:
    found = desk(request).store.search(query, page=number)
    return render(request, "history.html", query=query, found=found, since=since, until=until)


def _export(request: Request, query: Query, full: bool) -> Response:
    shared = desk(request)
    taxonomy = shared.classifier.current.taxonomy

    def shown(text: str) -> str:
        return text if full else mask_text(text, find_clues(text))

    rows = (
        (
            entry.id, entry.created.astimezone().isoformat(timespec="seconds"), shown(entry.text), taxonomy.name(entry.label),
            RISK_NAMES["zh"][entry.risk], f"{entry.score:.4f}", JUDGEMENT_NAMES.get(entry.judgement or "", ""),
            taxonomy.name(entry.judged_label) if entry.judged_label else "", shown(entry.note), entry.rules_version, entry.model_version or "",
        )
        for entry in shared.store.export(query)
    )  # fmt: skip
    head = ("编号", "时间", "消息", "类别", "风险", "诈骗概率", "研判", "认定类别", "备注", "规则版本", "模型版本")
    return csv_file("history.csv", head, rows)
