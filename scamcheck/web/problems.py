"""Errors as problem details (RFC 9457), in plain words that never repeat the caller's text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from starlette.requests import HTTPConnection
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


def wants_page(connection: HTTPConnection) -> bool:
    return not connection.url.path.startswith("/v1/") and "text/html" in connection.headers.get("accept", "")


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{detail}</p><p><a href="/">返回首页</a></p></main></body></html>
"""
