"""Paste, read, judge: the first page, the verdict, the one-page report, the clues as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from scamcheck.clues import find_clues
from scamcheck.errors import InputError
from scamcheck.web.app import desk
from scamcheck.web.intake import Incoming, read_file, split_messages
from scamcheck.web.pages.shared import Form, bad_input, csv_file, field, judge, message_text, pages, render, upload
from scamcheck.web.store import Judgement

router = APIRouter()
EXAMPLE = (
    "王老板您好，我是城北武警中队的司务长，下周部队拉练，要在您店里订牛肉三百斤、鸡蛋四十箱，货款走对公。"
    "另外首长点名要两百箱自热米饭，您那没有的话，我推个厂家给您，加他微信abc_00012，您先帮我们把8万6千元货款垫上，"
    "下午和菜钱一起给您结。明天一早就要，抓紧联系，电话138****0000。"
)


@router.get("/")
def start(request: Request, example: bool = False) -> Response:
    return render(request, "desk.html", text=EXAMPLE if example else "", case=None, near=())


@router.post("/")
async def check(request: Request, form: Form) -> Response:
    """One message: its verdict below the form. Several, or a file: a batch of its own."""
    try:
        uploaded = await upload(form, "file")
        limits = desk(request).settings.limits
        if uploaded:
            name, raw = uploaded
            messages = await run_in_threadpool(read_file, name, raw, most=limits.upload_rows)
        else:
            text = message_text(request, form)
            parts = [text] if field(form, "as") == "one" else split_messages(text)
            messages = [Incoming(part) for part in parts if part.strip()]
            name = f"粘贴的 {len(messages)} 条消息"
            if len(messages) > limits.upload_rows:
                raise InputError(f"一次最多 {limits.upload_rows:,} 条。请分几次贴。")
    except InputError as error:
        return _start_again(request, form, str(error))
    if not messages:
        return _start_again(request, form, "还没有文字。请先把消息贴进来，或选一个文件。")
    if len(messages) > 1:
        batch = await run_in_threadpool(pages(request).batches.judge, desk(request).classifier.current, name, messages)
        return _go(request, f"/batch/{batch.key}")
    case, _, near = await judge(request, messages[0].text)
    return render(request, "desk.html", text=messages[0].text, case=case, near=near)


@router.post("/keep")
async def keep(request: Request, form: Form) -> Response:
    """Keep the message with the verdict given now, and the officer's judgement if there is one."""
    text = message_text(request, form)
    judgement, label, _ = judgement_of(form)
    if judgement == "wrong_category" and not label:
        raise bad_input(InputError("选了“类别不对”，请再选出正确的类别。"))
    _, verdict, _ = await judge(request, text)
    entry_id = await run_in_threadpool(_keep, request, text, verdict, form)
    return _go(request, f"/history/{entry_id}")


@router.post("/report")
async def report(request: Request, form: Form) -> Response:
    text = message_text(request, form)
    hide = not field(form, "full")
    case, _, _ = await judge(request, text, hide_numbers=hide)
    return render(request, "report.html", case=case, hidden=hide, entry=None, made=datetime.now(UTC))


@router.post("/clues.csv")
async def clues_file(request: Request, form: Form) -> Response:
    found = await run_in_threadpool(find_clues, message_text(request, form))
    full = bool(field(form, "full"))
    rows = [(clue.name, clue.value if full else clue.masked, len(clue.spans), clue.note) for clue in found]
    return csv_file("clues.csv", ("类型", "内容", "次数", "说明"), rows)


def judgement_of(form: Any) -> tuple[Judgement | None, str | None, str]:
    """The judgement form's fields: judgement, right category, note."""
    chosen = field(form, "judgement")
    judgement: Judgement | None = chosen if chosen in ("agree", "wrong_category", "not_scam") else None  # type: ignore[assignment]
    return judgement, field(form, "label") or None, field(form, "note").replace("\r\n", "\n")


def _keep(request: Request, text: str, verdict: dict[str, Any], form: Any) -> int:
    store = desk(request).store
    judgement, label, note = judgement_of(form)
    entry = store.add_entry(text, verdict)
    if judgement or note:
        try:
            store.judge(entry.id, judgement, label=label, note=note)
        except InputError as error:
            store.delete([entry.id])
            raise bad_input(error) from None
    return entry.id


def _start_again(request: Request, form: Any, problem: str) -> Response:
    text = field(form, "text").replace("\r\n", "\n")
    status = 200 if request.headers.get("hx-request") else 422
    return render(request, "desk.html", status, text=text, case=None, near=(), problem=problem)


def _go(request: Request, address: str) -> Response:
    if request.headers.get("hx-request"):
        return Response(headers={"hx-redirect": address})
    return RedirectResponse(address, 303)
