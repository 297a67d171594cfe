"""Who may call: Host header, token, requests forged from other sites; and the headers that keep a page to itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scamcheck.web.problems import HttpProblem, answer

SESSION_COOKIE = "scamcheck_session"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = frozenset({"/healthz", "/readyz"})  # probes carry no token

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class SecurityHeaders:
    """Headers on every answer; caches ask again for static files and never store anything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                static = scope["path"].startswith("/static/")
                headers.setdefault("cache-control", "no-cache" if static else "no-store")
                session = scope.get("state", {}).get("new_session")
                if session:
                    headers.append("set-cookie", f"{SESSION_COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict")
            await send(message)

        await self._app(scope, receive, with_headers)


class Gate:
    """Turns away requests for a foreign Host, without the token, or sent by another site's page."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], token: str | None) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._token = hashlib.sha256(token.encode()).digest() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            connection = HTTPConnection(scope)
            problem = self._check(connection, scope["method"])
            if problem is not None:
                await answer(connection, problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, connection: HTTPConnection, method: str) -> HttpProblem | None:
        host = connection.headers.get("host", "")
        if _hostname(host) not in self._hosts:
            return HttpProblem(
                421, "wrong-host", "这个地址不是本服务的地址。请用启动时显示的地址访问, 或启动时用 --allow-host 加上它。",
                "this host name is not served here; use the address shown at start, or add it with --allow-host",
            )  # fmt: skip
        if method not in SAFE_METHODS and not _same_site(connection, host):
            return HttpProblem(
                403, "cross-site", "请求来自别的网站, 已拒绝。请在本页面内操作。",
                "the request was sent by a page of another site; send it from this one",
            )  # fmt: skip
        if self._token is not None and connection.url.path not in OPEN_PATHS and not self._known(connection):
            return HttpProblem(
                401, "token-required", "需要令牌: 用户名任意, 密码填令牌文件里的那一行; 程序调用则用请求头 Authorization: Bearer 令牌。",
                "send the token as Authorization: Bearer TOKEN, or as the password of any user name",
                headers={"www-authenticate": 'Basic realm="scamcheck", charset="UTF-8"'},
            )  # fmt: skip
        return None

    def _known(self, connection: HTTPConnection) -> bool:
        scheme, _, value = connection.headers.get("authorization", "").partition(" ")
        shown = value.strip()
        if scheme.lower() == "basic":
            try:
                shown = base64.b64decode(shown, validate=True).decode("utf-8").partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return False
        elif scheme.lower() != "bearer":
            return False
        # Digests of equal length: the comparison's time tells nothing, not even the token's length.
        return hmac.compare_digest(hashlib.sha256(shown.encode("utf-8", "replace")).digest(), self._token or b"")


def _hostname(host: str) -> str:
    """The name in a Host header, without port; '' when it is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return ""
    return (parts.hostname or "").rstrip(".")


def _same_site(connection: HTTPConnection, host: str) -> bool:
    """Whether an unsafe request comes from our own page, or from no browser at all (Fetch Metadata, else Origin)."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def served_hosts(host: str, extra: Sequence[str]) -> list[str]:
    """Host names a request may name: loopback's, the address bound to, and those allowed by hand."""
    own = [] if host in ("0.0.0.0", "::") else [host]  # noqa: S104
    return ["localhost", "127.0.0.1", "::1", *own, *extra]


# Forms ---------------------------------------------------------------------------------------------------------------


def csrf_token(request: Request) -> str:
    """The token a form or htmx request must carry back; bound to a session cookie that is set when it is missing."""
    session = request.cookies.get(SESSION_COOKIE) or getattr(request.state, "new_session", None)
    if not session or not session.isalnum():
        session = request.state.new_session = secrets.token_hex(16)
    return _sign(request, session)


async def check_csrf(request: Request) -> None:
    """Dependency of every page route that changes something: the token in field `csrf_token` or header `X-CSRF-Token`."""
    session = request.cookies.get(SESSION_COOKIE, "")
    shown = request.headers.get(CSRF_HEADER)
    if shown is None:
        field = (await request.form()).get(CSRF_FIELD)
        shown = field if isinstance(field, str) else ""
    if not session or not hmac.compare_digest(shown.encode("utf-8", "replace"), _sign(request, session).encode()):
        raise HttpProblem(
            403, "stale-form", "页面已失效, 没有保存。请返回上一页刷新后再提交; 浏览器须允许本站 Cookie。",
            "the form is out of date, nothing was changed; reload the page, allow its cookie, and send it again",
        )  # fmt: skip


def _sign(request: Request, session: str) -> str:
    key: bytes = request.app.state.desk.csrf_key
    return hmac.new(key, session.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
