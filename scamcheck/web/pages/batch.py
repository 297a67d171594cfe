"""The summary of a file or of several messages: charts, the list, each message's verdict, the result as a file."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from scamcheck.clues import find_clues
from scamcheck.masking import mask_text
from scamcheck.taxonomy import Taxonomy
from scamcheck.web.app import desk
from scamcheck.web.batches import Batch, Item
from scamcheck.web.pages.shared import Form, csv_file, field, judge, not_found, pages, render
from scamcheck.web.store import NewEntry

router = APIRouter(prefix="/batch/{key}")
ROWS = 100  # a page of the list


@router.get("")
def summary(request: Request, key: str, page: int = 1, show: str = "scam") -> Response:
    batch = _batch(request, key)
    items = [item for item in batch.items if show == "all" or item.is_scam]
    items.sort(key=lambda item: (-item.score, item.number))
    count = max(1, -(-len(items) // ROWS))
    page = min(max(1, page), count)
    return render(
        request, "batch.html", batch=batch, items=items[(page - 1) * ROWS : page * ROWS], page=page, page_count=count, show=show,
        charts=batch.charts(_taxonomy(request)),
    )  # fmt: skip


@router.get("/report")
def report(request: Request, key: str) -> Response:
    batch = _batch(request, key)
    return render(request, "batch_report.html", batch=batch, charts=batch.charts(_taxonomy(request)))


@router.get("/result.csv")
def result(request: Request, key: str, full: bool = False) -> Response:
    batch = _batch(request, key)
    taxonomy = _taxonomy(request)
    names = {"none": "未见", "low": "低", "medium": "中", "high": "高"}
    rows = (
        (
            item.number, item.day or "", item.text if full else mask_text(item.text, find_clues(item.text)), taxonomy.name(item.label),
            names[item.risk], f"{item.score:.4f}", "；".join(item.reasons),
        )
        for item in batch.items
    )  # fmt: skip
    return csv_file("result.csv", ("序号", "日期", "消息", "类别", "风险", "诈骗概率", "依据"), rows)


@router.get("/{number}")
async def one(request: Request, key: str, number: int) -> Response:
    batch = _batch(request, key)
    if not 1 <= number <= len(batch.items):
        raise not_found("条消息")
    case, _, near = await judge(request, batch.items[number - 1].text)
    return render(request, "item.html", case=case, near=near, batch=batch, number=number)


@router.post("/keep")
async def keep(request: Request, key: str, form: Form) -> Response:
    """Keep the suspicious messages, or all, in the history."""
    batch = _batch(request, key)
    chosen = [item for item in batch.items if item.is_scam or field(form, "what") == "all"]
    await run_in_threadpool(_keep, request, batch, chosen)
    return RedirectResponse(f"/history?batch={batch.key}", 303)


def _keep(request: Request, batch: Batch, items: list[Item]) -> None:
    shared = desk(request)
    shared.store.delete_batch(batch.key)  # kept once, however often the button is pressed
    classifier = shared.classifier.current
    shared.store.add_entries(
        NewEntry(item.text, classifier.classify(item.text).to_dict(), batch.name, batch.key) for item in items
    )


def _batch(request: Request, key: str) -> Batch:
    try:
        return pages(request).batches.get(key)
    except KeyError:
        raise not_found("批结果（只在内存里保留几小时）") from None


def _taxonomy(request: Request) -> Taxonomy:
    return desk(request).classifier.current.taxonomy
