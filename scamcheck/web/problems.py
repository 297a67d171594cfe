"""Errors as problem details (RFC 9457), in plain words that never repeat the caller's text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response

MEDIA_TYPE = "application/problem+json"


class HttpProblem(Exception):
    """An answer other than success: `code` is stable and names the kind, `zh` and `en` say what to change."""

    def __init__(
        self, status: int, code: str, zh: str, en: str, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.status = status
        self.code = code
        self.zh = zh
        self.en = en
        self.headers = dict(headers or {})
        self.extra = extra

    def to_dict(self, lang: str = "zh") -> dict[str, Any]:
        return {
            "type": f"urn:scamcheck:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.en if lang == "en" else self.zh,
            **self.extra,
        }


def answer(connection: HTTPConnection, problem: HttpProblem) -> Response:
    """The problem as a page for a browser that asked for one, else as problem details."""
    if wants_page(connection):
        page = _PAGE.format(title=problem.status, detail=escape(problem.zh))
        return HTMLResponse(page, problem.status, problem.headers)
    lang = "en" if connection.headers.get("accept-language", "").strip().lower().startswith("en") else "zh"
    body = json.dumps(problem.to_dict(lang), ensure_ascii=False)
    return Response(body.encode("utf-8", "backslashreplace"), problem.status, problem.headers, MEDIA_TYPE)


async def answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)
    return answer(request, error)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """The framework's own refusals, in our words."""
    assert isinstance(error, HTTPException)
    zh, en = _FRAMEWORK.get(
        error.status_code, ("请求无法处理, 请查看 /docs 中的说明。", "the request cannot be handled; see /docs")
    )
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return answer(request, HttpProblem(error.status_code, code, zh, en, headers=error.headers))


async def answer_invalid(request: Request, error: Exception) -> Response:
    """A body or parameter that is not what it should be: where and why, without what was sent."""
    assert isinstance(error, RequestValidationError)
    english = request.headers.get("accept-language", "").strip().lower().startswith("en")
    found = [
        {"field": _field(item["loc"], item["type"]), "detail": _INVALID.get(item["type"], _INVALID["other"])[english]}
        for item in error.errors()[:20]
    ]
    problem = HttpProblem(
        422, "invalid-request", "请求内容不合要求: " + "; ".join(f"{item['field']} {item['detail']}" for item in found),
        "the request is not what it should be: " + "; ".join(f"{item['field']}: {item['detail']}" for item in found), errors=found,
    )  # fmt: skip
    return answer(request, problem)


def _field(place: Sequence[str | int], kind: str) -> str:
    # The name of a superfluous field is the caller's, and the offset in broken JSON means little.
    own = place[:-1] if kind in ("extra_forbidden", "json_invalid") else place
    return ".".join(str(part) for part in own) or "body"


_INVALID = {  # pydantic's error type: (Chinese, English)
    "missing": ("缺少这一项", "is missing"),
    "string_type": ("应为字符串", "must be a string"),
    "list_type": ("应为列表", "must be a list"),
    "extra_forbidden": ("含有多余的字段, 请删去", "has a field that is not known; remove it"),
    "json_invalid": ("不是合法的 JSON", "is not JSON"),
    "model_attributes_type": ("应为 JSON 对象, 并带请求头 Content-Type: application/json", "must be a JSON object, sent as application/json"),
    "int_parsing": ("应为整数", "must be a whole number"),
    "other": ("不合要求, 请查看 /docs 中的说明", "is not what it should be; see /docs"),
}  # fmt: skip
_FRAMEWORK = {
    400: ("请求内容无法读取, 应为 UTF-8 编码的 JSON 或表单。", "the body could not be read; send UTF-8 JSON or a form"),
    404: ("没有这个地址。", "there is nothing at this address"),
    405: ("这个地址不支持这种请求方法。", "this address does not take this method"),
}


def wants_page(connection: HTTPConnection) -> bool:
    return not connection.url.path.startswith("/v1/") and "text/html" in connection.headers.get("accept", "")


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><link rel="stylesheet" href="/static/desk.css"></head>
<body><main><h1>{title}</h1><p>{detail}</p><p><a href="/">返回首页</a></p></main></body></html>
"""
