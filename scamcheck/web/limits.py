"""What one client and all of them together may take: requests in flight and a second, bytes, time.

Plain ASGI, outside the routes. A refusal is cheap and says when to come again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scamcheck.web.problems import HttpProblem, answer
from scamcheck.web.settings import Limits, is_loopback

_REMEMBERED_CLIENTS = 10_000
_BEGIN_EACH_TURN = 32  # some tens of milliseconds of verdicts
_UNLIMITED_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})  # watched most when the desk is busiest


def overloaded() -> HttpProblem:
    """The answer when the desk has as much to do as it can take."""
    return HttpProblem(
        503, "overloaded", "服务正忙, 请稍后再试。", "the service is busy; try again shortly", headers={"retry-after": "1"}
    )  # fmt: skip


class Turns:
    """Lets a few requests begin each time round the event loop.

    Verdicts on short messages are given between two turns of the loop. Without this, all requests read in one turn would be worked off in
    the next, and whoever comes meanwhile would not even be refused before that.
    """

    def __init__(self, each: int = _BEGIN_EACH_TURN) -> None:
        self._each = each
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._begin, loop)
        self._waiting.append(turn)
        await turn

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        for _ in range(min(self._each, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            loop.call_soon(self._begin, loop)


class Admission:
    """So many requests at once, so many a second from one client, so long for each."""

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._rates = ClientRates(limits.requests_per_second, limits.local_requests_per_second)
        self._running = 0
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _UNLIMITED_PATHS:
            await self._app(scope, receive, send)
            return
        problem = self._refusal(scope)
        if problem is not None:
            await answer(HTTPConnection(scope), problem)(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        self._running += 1
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                await self._turns.wait()
                await self._app(scope, receive, noting)
        except TimeoutError:
            if started:
                raise
            late = HttpProblem(
                503, "timeout", "处理超时, 已放弃。文字很长时请分段提交。",
                "it took too long and was given up; send a long text in parts", headers={"retry-after": "5", "connection": "close"},
            )  # fmt: skip
            await answer(HTTPConnection(scope), late)(scope, receive, send)
        finally:
            self._running -= 1

    def _refusal(self, scope: Scope) -> HttpProblem | None:
        if self._running >= self._limits.concurrent_requests:
            return overloaded()
        client = scope.get("client")
        wait = self._rates.wait(client[0] if client else "")
        if wait <= 0:
            return None
        seconds = str(int(wait) + 1)
        return HttpProblem(
            429, "too-many-requests", f"请求过于频繁, 请 {seconds} 秒后再试。成批的消息请用 /v1/classify/batch。",
            f"too many requests; try again in {seconds} s, and send many messages to /v1/classify/batch", headers={"retry-after": seconds},
        )  # fmt: skip


class ClientRates:
    """A token bucket a client that holds one second's requests; the clients seen last are remembered, IPv6 by its /64."""

    def __init__(self, rate: float, local_rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._local_rate = local_rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float, float]] = OrderedDict()  # key: (rate, tokens, when)

    def wait(self, client: str) -> float:
        """Take one token; 0, or the seconds until there is one."""
        now = self._clock()
        bucket = self._buckets.pop(client, None)
        key = client
        if bucket is None:
            key = _network(client)
            rate = self._local_rate if not client or is_loopback(client) else self._rate
            bucket = self._buckets.pop(key, (rate, max(1.0, rate), now))
        rate, tokens, when = bucket
        tokens = min(max(1.0, rate), tokens + (now - when) * rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / rate
        self._buckets[key] = (rate, tokens if wait else tokens - 1, now)
        if len(self._buckets) > _REMEMBERED_CLIENTS:
            self._buckets.popitem(last=False)
        return wait


def _network(client: str) -> str:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((client.partition("%")[0], 64), strict=False).network_address)
    return client


class Bodies:
    """Reads each body before its route runs, so that no route meets one that is too large, and all held at once stay bounded."""

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self._app = app
        self._most = limits.body_bytes
        self._most_at_once = limits.bodies_bytes
        self._seconds = limits.body_seconds
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        try:
            problem = self._declared_problem(scope) or await self._read(receive, parts)
            if problem is not None:
                problem.headers["connection"] = "close"  # the rest is not read
                await answer(HTTPConnection(scope), problem)(scope, receive, send)
            else:
                await self._app(scope, _replay(b"".join(parts), receive), send)
        except _Gone:
            return
        finally:
            self._held -= sum(map(len, parts))

    async def _read(self, receive: Receive, parts: list[bytes]) -> HttpProblem | None:
        """Fill `parts`; what is wrong with the body. Raises `_Gone` when the client goes away before its end."""
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    part = message.get("body", b"")
                    size += len(part)
                    self._held += len(part)
                    parts.append(part)
                    if size > self._most:
                        return self._too_large()
                    if self._held > self._most_at_once:
                        return overloaded()
                    if not message.get("more_body", False):
                        return None
        except TimeoutError:
            return HttpProblem(
                408, "body-too-slow", "内容迟迟没有发完, 连接已关闭。请检查网络后重试。", "the body took too long; check the network and try again"
            )  # fmt: skip

    def _declared_problem(self, scope: Scope) -> HttpProblem | None:
        declared = Headers(scope=scope).get("content-length", "")
        return self._too_large() if declared.isdigit() and int(declared) > self._most else None

    def _too_large(self) -> HttpProblem:
        size = self._most // 2**20
        return HttpProblem(
            413, "body-too-large", f"内容超过 {size} MB。请分成几次提交, 大文件请用命令 scamcheck batch。",
            f"the body is over {size} MB; send it in parts, or use the command scamcheck batch for large files",
        )  # fmt: skip


class _Gone(Exception):
    """The client went away."""


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()  # waits for the client to go away
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
