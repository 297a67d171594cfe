"""What a connection may take before its request is known: time and bytes for the head, and how many connections there are.

uvicorn waits for a head as long as the client likes; the rest of the limits are in `limits.py`, where requests are known.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scamcheck.web.limits import overloaded
from scamcheck.web.problems import MEDIA_TYPE, HttpProblem
from scamcheck.web.settings import Limits


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP with a clock that runs until each head is complete. Refusals are problem details, written without a parser."""

    limits: ClassVar[Limits]
    _clock: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > 2 * self.limits.connections:
            transport.abort()
            return
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        # Refused on their first bytes, not unheard: an answer to a request that was never read is lost with the reset.
        if self.cycle is None and len(self.connections) > self.limits.connections:
            self._refuse(overloaded())
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._clock is None:
                self._start_clock()
        super().data_received(data)
        if self._in_head and self._head_bytes > self.limits.head_bytes:
            self._refuse(_HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_clock()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(_NOT_HTTP)

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(self.limits.head_seconds, self._too_slow)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_slow(self) -> None:
        self._clock = None
        if self._head_bytes:
            self._refuse(_HEAD_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, problem: HttpProblem) -> None:
        self._stop_clock()
        if not self.transport.is_closing():
            self.transport.write(_raw(problem))
            self.transport.close()


def _raw(problem: HttpProblem) -> bytes:
    body = json.dumps(problem.to_dict(), ensure_ascii=False).encode()
    headers: Mapping[str, str] = {
        "content-type": MEDIA_TYPE, "content-length": str(len(body)), "cache-control": "no-store", "x-content-type-options": "nosniff",
        "connection": "close", **problem.headers,
    }  # fmt: skip
    head = f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n"
    return (head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode() + body


_HEAD_TOO_SLOW = HttpProblem(
    408, "head-too-slow", "请求头迟迟没有发完, 连接已关闭。请检查网络后重试。", "the request's headers took too long; check the network and try again"
)  # fmt: skip
_HEAD_TOO_LARGE = HttpProblem(
    431, "head-too-large", "请求头太大。消息请放在请求体里, 不要放在地址或请求头里。", "the request's headers are too large; send the message in the body"
)  # fmt: skip
_NOT_HTTP = HttpProblem(400, "not-http", "收到的不是 HTTP 请求。", "this is not an HTTP request")


def server_of(app: FastAPI, limits: Limits) -> uvicorn.Server:
    """The server of an application, with its limits on connections."""
    guarded = type("Guarded", (GuardedProtocol,), {"limits": limits})
    return uvicorn.Server(
        uvicorn.Config(
            app, http=guarded, log_level="info", access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=15,
            timeout_graceful_shutdown=10,
        )
    )  # fmt: skip
