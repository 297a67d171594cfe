"""The rules workbench: browse, edit, try on a text and on the history, save to the local overlay."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from scamcheck.errors import InputError
from scamcheck.records import ANY, Labelled
from scamcheck.rules.load import Lexicon, LoadedRule
from scamcheck.rules.report import rule_changes
from scamcheck.taxonomy import BENIGN
from scamcheck.web.app import desk
from scamcheck.web.case import case_of
from scamcheck.web.pages.rulebook import Entry, Rulebook, Trial, file_name_of, lexicons_of, users_of
from scamcheck.web.pages.shared import Form, field, message_text, not_found, pages, render
from scamcheck.web.store import Query

router = APIRouter(prefix="/rules")
HISTORY_TRIED = 5_000  # the newest entries
CHANGES_SHOWN = 50
SPECIAL = {"shared": "各类骗术通用的手法", "counter": "说明消息正常的依据"}
LEVELS = {
    "weak": "弱", "moderate": "中", "strong": "强", "decisive": "决定性", "counter_weak": "减轻·弱", "counter_moderate": "减轻·中",
    "counter_strong": "减轻·强", "counter_decisive": "减轻·决定性",
}  # fmt: skip
STATUS = {"stable": "启用", "test": "试用", "deprecated": "停用"}
_NEW = """category: {category}
rules:
  - id: {prefix}.my-rule
    title: 一句话说明这条依据
    title_en: the same in English
    phase: payment            # contact identity pretext pressure isolation control payment
    evidence: moderate        # weak moderate strong decisive
    reason: 为什么这样说就可疑，群众一看就懂的一句话
    when:
      near:
        within: 30
        terms:
          - {{any: [甲说法, 甲的另一种说法]}}
          - {{any: [乙说法]}}
    examples:
      hit:
        - 对方用甲说法，又说了乙说法
      miss:
        - 只有甲说法的正常消息
"""
_NEW_LEXICON = """lexicons:
  my_words:
    - 一种说法
    - 另一种说法
"""


@router.get("")
def categories(request: Request) -> Response:
    book = pages(request).rulebook
    counts: dict[str, int] = {}
    local: list[LoadedRule] = []
    for loaded in book.rules().rules:
        counts[loaded.category] = counts.get(loaded.category, 0) + 1
        if book.is_local(loaded):
            local.append(loaded)
    lexicons = [lexicon for lexicon in book.rules().lexicons.values() if book.is_local(lexicon)]
    return render(
        request, "rules.html", names=_names(request), counts=counts, local=local, lexicons=lexicons, overlay=book.overlay,
        lexicon_count=len(book.rules().lexicons),
    )  # fmt: skip


@router.get("/lexicons")
def lexicons(request: Request) -> Response:
    book = pages(request).rulebook
    found = sorted(book.rules().lexicons.values(), key=lambda lexicon: lexicon.name)
    local = {lexicon.name for lexicon in found if book.is_local(lexicon)}
    return render(request, "lexicons.html", lexicons=found, local=local)


@router.get("/category/{category}")
def category(request: Request, category: str) -> Response:
    book = pages(request).rulebook
    rules = [loaded for loaded in book.rules().rules if loaded.category == category]
    names = _names(request)
    if not rules or category not in names:
        raise not_found("个类别")
    local = {loaded.rule.id for loaded in rules if book.is_local(loaded)}
    return render(
        request,
        "category.html",
        category=category,
        names=names,
        rules=rules,
        local=local,
        levels=LEVELS,
        status_names=STATUS,
    )


@router.get("/new")
def new(request: Request, category: str = "military_procurement", kind: str = "rule") -> Response:
    if kind == "lexicon":
        return _editor(request, None, "", _NEW_LEXICON)
    names = _names(request)
    if category not in names:
        raise not_found("个类别")
    source = _NEW.format(category=category, prefix=category.partition("_")[0])
    return _editor(request, None, category, source)


@router.get("/rule/{rule_id}")
def rule(request: Request, rule_id: str) -> Response:
    book = pages(request).rulebook
    loaded = _rule(book, rule_id)
    return _editor(request, loaded, loaded.category, book.source(loaded))


@router.get("/lexicon/{name}")
def lexicon(request: Request, name: str) -> Response:
    book = pages(request).rulebook
    found = _lexicon(book, name)
    return _editor(request, found, "", book.source(found))


@router.post("/try")
async def try_rule(request: Request, form: Form) -> Response:
    return await run_in_threadpool(_try, request, form)


@router.post("/save")
async def save(request: Request, form: Form) -> Response:
    return await run_in_threadpool(_save, request, form)


@router.post("/rule/{rule_id}/drop")
async def drop(request: Request, rule_id: str, form: Form) -> Response:
    book = pages(request).rulebook
    loaded = await run_in_threadpool(_rule, book, rule_id)
    if book.is_local(loaded):
        await run_in_threadpool(book.drop, loaded)
    return RedirectResponse("/rules", 303)


@router.post("/lexicon/{name}/drop")
async def drop_lexicon(request: Request, name: str, form: Form) -> Response:
    book = pages(request).rulebook
    found = await run_in_threadpool(_lexicon, book, name)
    if book.is_local(found):
        await run_in_threadpool(book.drop, found)
    return RedirectResponse("/rules", 303)


def _try(request: Request, form: Any) -> Response:
    book, source, trial, problem = _trial(request, form)
    text = message_text(request, form)
    before = after = changes = tried = None
    if trial.classifier is not None:
        classifier = desk(request).classifier.current
        if text.strip():
            before, after = (
                case_of(text, judged.classify(text).to_dict(), classifier.taxonomy)
                for judged in (classifier, trial.classifier)
            )
        if field(form, "history"):
            entries = desk(request).store.search(Query(), size=HISTORY_TRIED).entries
            rows = [
                Labelled(
                    str(entry.id),
                    entry.text,
                    (entry.judged_label or ANY,),
                    (entry.judged_label or entry.label) != BENIGN,
                )
                for entry in entries
            ]
            changes, tried = rule_changes(classifier, trial.classifier, rows), len(rows)
    return _editor(
        request, _existing(book, form), field(form, "category"), source, text=text, trial=trial, problem=problem, before=before, after=after,
        changes=changes, tried=tried,
    )  # fmt: skip


def _save(request: Request, form: Any) -> Response:
    book, source, trial, problem = _trial(request, form)
    existing = _existing(book, form)
    if trial.classifier is None or trial.failures:
        refused = problem or "没有保存：请先改好下面列出的问题。"
        return _editor(
            request,
            existing,
            field(form, "category"),
            source,
            text=message_text(request, form),
            trial=trial,
            problem=refused,
        )
    try:
        book.save(source, _file_name(book, existing, source), trial)
    except InputError as error:
        return _editor(request, existing, field(form, "category"), source, trial=trial, problem=str(error))
    saved = f"rule/{trial.rule_ids[0]}" if trial.rule_ids else f"lexicon/{trial.lexicons[0]}"
    return RedirectResponse(f"/rules/{saved}?saved=1", 303)


def _trial(request: Request, form: Any) -> tuple[Rulebook, str, Trial, str | None]:
    book = pages(request).rulebook
    source = field(form, "source").replace("\r\n", "\n")
    try:
        return book, source, book.try_out(source, _file_name(book, _existing(book, form), source)), None
    except InputError as error:
        return book, source, Trial(), str(error)


def _file_name(book: Rulebook, existing: Entry | None, source: str) -> str:
    """A rule or lexicon of the overlay goes back to its own file."""
    if existing is not None and book.is_local(existing):
        return existing.place.file.removeprefix(book.overlay.as_posix()).lstrip("/")
    return file_name_of(source)


def _existing(book: Rulebook, form: Any) -> Entry | None:
    try:
        return book.lexicon(field(form, "lexicon")) if field(form, "lexicon") else book.rule(field(form, "rule"))
    except KeyError:
        return None


def _rule(book: Rulebook, rule_id: str) -> LoadedRule:
    try:
        return book.rule(rule_id)
    except KeyError:
        raise not_found("条规则") from None


def _lexicon(book: Rulebook, name: str) -> Lexicon:
    try:
        return book.lexicon(name)
    except KeyError:
        raise not_found("个词表") from None


def _editor(
    request: Request, entry: Entry | None, category: str, source: str, *, text: str = "", trial: Trial | None = None,
    problem: str | None = None, before: object = None, after: object = None, changes: Any = None, tried: int | None = None,
) -> Response:  # fmt: skip
    book = pages(request).rulebook
    loaded = entry if isinstance(entry, LoadedRule) else None
    lexicon = entry if isinstance(entry, Lexicon) else None
    return render(
        request, "rule.html", loaded=loaded, lexicon=lexicon, is_lexicon=source.startswith("lexicons:"),
        named=lexicons_of(loaded) if loaded else (), users=users_of(book.rules(), [lexicon.name]) if lexicon else (),
        local=entry is not None and book.is_local(entry), category=category, names=_names(request),
        source=source, text=text, trial=trial, problem=problem, before=before, after=after, changes=changes, tried=tried,
        shown=CHANGES_SHOWN, saved="saved" in request.query_params, levels=LEVELS, status_names=STATUS, overlay=book.overlay,
    )  # fmt: skip


def _names(request: Request) -> dict[str, str]:
    taxonomy = desk(request).classifier.current.taxonomy
    return {**{category.code: category.name for category in taxonomy.categories}, **SPECIAL}
