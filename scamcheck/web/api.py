"""The HTTP API: verdicts as `Verdict.to_dict()`, rules and taxonomy in use, health, figures."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from scamcheck.resources import verdict_schema
from scamcheck.verdict import SCHEMA
from scamcheck.web.judging import as_json
from scamcheck.web.problems import MEDIA_TYPE, HttpProblem
from scamcheck.web.settings import Limits

_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:scamcheck: and a stable code"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to change; Chinese, or English by Accept-Language"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "detail": {"type": "string"}}},
        },
    },
}  # fmt: skip


def _text(value: object) -> str:
    # Not pydantic's str, which refuses lone surrogates: any string is a message.
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "a message is a string")
    return value


Text = Annotated[
    str, PlainValidator(_text), WithJsonSchema({"type": "string", "description": "The message as received"})
]


class OneMessage(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"text": "有人在我微信上订购物资,说是部队的,但让我先垫付8万元"}}
    )

    text: Text


class Messages(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"texts": ["您的快递丢失, 加客服微信理赔", "晚上一起吃饭吗"]}}
    )

    texts: list[Text]


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries of the problems a route may answer with."""
    content = {MEDIA_TYPE: {"schema": _PROBLEM_SCHEMA}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


_MEANING = {
    400: "The body could not be read", 401: "The token is missing or wrong", 403: "Sent by a page of another site", 404: "Not found",
    408: "The body took too long to arrive", 413: "Body or text too long", 421: "Host name not served here", 422: "The body is not what it should be",
    429: "Too many requests from this client", 500: "An error here", 503: "Busy, or not ready",
}  # fmt: skip
_COMMON = (401, 421, 429, 500, 503)
_POSTED = (400, 401, 403, 408, 413, 421, 422, 429, 500, 503)


def _returns(schema: dict[str, Any], description: str, *problems: int) -> dict[int | str, dict[str, Any]]:
    ok = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {200: ok, **problem_responses(*problems)}


def api_router(limits: Limits) -> APIRouter:
    """Routes under /v1, and the probes."""
    router = APIRouter()
    verdict = _verdict_schema()

    @router.post(
        "/v1/classify", tags=["verdicts"], summary="The verdict on one message", response_class=Response,
        responses=_returns(verdict, "The verdict", *_POSTED),
    )  # fmt: skip
    async def classify(request: Request, message: OneMessage) -> Response:
        _check_length(message.text, limits, "text")
        shared = request.app.state.desk
        judged = await shared.judging.judge([message.text])
        shared.metrics.count(judged)
        return Response(judged[0].body, media_type="application/json")

    @router.post(
        "/v1/classify/batch", tags=["verdicts"], summary=f"Verdicts on up to {limits.batch_texts:,} messages", response_class=Response,
        responses=_returns(
            {
                "type": "object", "required": ["schema", "verdicts"],
                "properties": {"schema": {"const": SCHEMA}, "verdicts": {"type": "array", "items": verdict, "description": "In the order of `texts`"}},
            },
            "The verdicts", *_POSTED,
        ),
    )  # fmt: skip
    async def classify_batch(request: Request, messages: Messages) -> Response:
        texts = messages.texts
        if len(texts) > limits.batch_texts:
            raise HttpProblem(
                413, "too-many-texts", f"一次最多 {limits.batch_texts} 条, 收到 {len(texts)} 条。请分批提交。",
                f"at most {limits.batch_texts} messages at once, got {len(texts)}; send them in parts",
            )  # fmt: skip
        for index, text in enumerate(texts):
            _check_length(text, limits, f"texts.{index}")
        shared = request.app.state.desk
        judged = await shared.judging.judge(texts)
        shared.metrics.count(judged)
        body = b'{"schema":%d,"verdicts":[%s]}' % (SCHEMA, b",".join(item.body for item in judged))
        return Response(body, media_type="application/json")

    @router.get(
        "/v1/rules", tags=["rules"], summary="Rules in use, and what is wrong with rule files that are not", response_class=Response,
        responses=_returns({"type": "object"}, "The rules", *_COMMON),
    )  # fmt: skip
    async def rules(request: Request) -> Response:
        live = request.app.state.desk.classifier
        return _json(
            {
                "version": live.current.rules_version,
                "rules": [
                    {
                        "id": rule.id, "category": rule.category, "title": rule.title, "title_en": rule.title_en, "phase": rule.phase,
                        "level": rule.level, "evidence": rule.evidence, "status": rule.status, "reason": rule.reason,
                    }
                    for rule in live.current.engine.rules
                ],
                "problems": [
                    {"file": item.file, "line": item.line, "column": item.column, "code": item.code, "message": item.message}
                    for item in live.problems
                ],
            }
        )  # fmt: skip

    @router.get(
        "/v1/taxonomy", tags=["rules"], summary="The scam categories: names, steps, warnings, advice", response_class=Response,
        responses=_returns({"type": "object"}, "The categories", *_COMMON),
    )  # fmt: skip
    async def taxonomy(request: Request) -> Response:
        current = request.app.state.desk.classifier.current
        return _json({"version": current.rules_version, **current.taxonomy.to_dict()})

    status_schema = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}

    @router.get(
        "/healthz", tags=["operation"], summary="Whether the process answers", response_class=Response,
        responses=_returns(status_schema, "It does", 421, 500),
    )  # fmt: skip
    async def healthz() -> Response:
        return _json({"status": "ok"})

    @router.get(
        "/readyz", tags=["operation"], summary="Whether verdicts can be given and judgements kept", response_class=Response,
        responses=_returns(status_schema, "They can", 421, 500, 503),
    )  # fmt: skip
    async def readyz(request: Request) -> Response:
        shared = request.app.state.desk
        try:
            await run_in_threadpool(shared.store.check)
        except sqlite3.Error:
            raise HttpProblem(
                503, "database-unavailable", "数据库无法读取, 请检查磁盘和文件权限。", "the database cannot be read; check the disk and permissions"
            ) from None  # fmt: skip
        live = shared.classifier
        versions = {"rules": live.current.rules_version, "model": live.current.model_version}
        return _json({"status": "ready", "versions": versions, "rule_problems": len(live.problems)})

    @router.get(
        "/metrics", tags=["operation"], summary="Figures for Prometheus", response_class=Response,
        responses={
            200: {"description": "The figures", "content": {"text/plain": {"schema": {"type": "string"}}}}, **problem_responses(401, 421, 500),
        },
    )  # fmt: skip
    async def metrics(request: Request) -> Response:
        found: Response = request.app.state.desk.metrics.response()
        return found

    @router.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(_DOCS)

    return router


def _check_length(text: str, limits: Limits, field: str) -> None:
    if len(text) > limits.text_chars:
        raise HttpProblem(
            413, "text-too-long", f"{field} 有 {len(text)} 个字符, 最多 {limits.text_chars} 个。请分段提交。",
            f"{field} has {len(text)} characters, {limits.text_chars} at most; send it in parts",
        )  # fmt: skip


def _json(value: object) -> Response:
    return Response(as_json(value), media_type="application/json")


def _verdict_schema() -> dict[str, Any]:
    """The published schema with its definitions put in place: OpenAPI resolves `#/` against the whole document."""
    schema = verdict_schema()
    definitions = schema.pop("$defs", {})
    schema.pop("$schema", None)
    schema["properties"].pop("text", None)

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        rest = {key: resolved(value) for key, value in node.items() if key != "$ref"}
        if "$ref" in node:
            return {**resolved(definitions[node["$ref"].removeprefix("#/$defs/")]), **rest}
        return rest

    found: dict[str, Any] = resolved(schema)
    return found


_DOCS = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>scamcheck API</title>
<link rel="stylesheet" href="/static/swagger-ui/swagger-ui.css"><link rel="icon" href="data:,"></head>
<body><div id="swagger-ui"></div><noscript>接口说明页需要 JavaScript; 原文见 <a href="/openapi.json">/openapi.json</a>。</noscript>
<script src="/static/swagger-ui/swagger-ui-bundle.js"></script><script src="/static/swagger-ui/start.js"></script></body>
</html>
"""
