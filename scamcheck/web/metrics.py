"""What Prometheus reads: requests, their time, verdicts, the rules in use. Labels are routes and codes, never a caller's words."""

from __future__ import annotations

import logging
import time
import traceback

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scamcheck.web.judging import Judged
from scamcheck.web.problems import HttpProblem, answer
from scamcheck.web.reload import LiveClassifier

log = logging.getLogger(__name__)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """One application's figures."""

    def __init__(self, classifier: LiveClassifier) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Counter(
            "scamcheck_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "scamcheck_request_seconds", "Time to answer, in seconds", ("route",), buckets=_SECONDS, registry=self._registry
        )  # fmt: skip
        self.verdicts = Counter("scamcheck_verdicts", "Verdicts by the API", ("label", "risk"), registry=self._registry)
        reloads = Gauge("scamcheck_rule_reloads", "Rule sets taken into use since start", registry=self._registry)
        reloads.set_function(lambda: classifier.reloads)
        problems = Gauge("scamcheck_rule_problems", "Problems that keep edited rules out of use", registry=self._registry)  # fmt: skip
        problems.set_function(lambda: len(classifier.problems))

    def count(self, judged: list[Judged]) -> None:
        for verdict in judged:
            self.verdicts.labels(verdict.label, verdict.risk).inc()

    def response(self) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class Measured:
    """Counts and times every request. An unexpected error is answered with 500, and logged by its type and place alone: its message
    could hold the caller's text."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        start = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            log.error("%s %s: %s", scope["method"], _route(scope), safe_traceback(error))
            if not status:
                await answer(HTTPConnection(scope), _BROKEN)(scope, receive, noting)
        finally:
            route = _route(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - start)


_BROKEN = HttpProblem(
    500, "internal-error", "程序出错, 这次没有结果。请重试; 若再次出现, 请把日志交给维护人员 (日志不含消息内容)。",
    "something went wrong here, there is no result; try again, and report the log if it persists (it holds no message text)",
)  # fmt: skip


def _route(scope: Scope) -> str:
    """The path's pattern, such as /history/{entry_id}; `other` for what no route took."""
    path: str = getattr(scope.get("route"), "path", "other")
    return path


def safe_traceback(error: BaseException) -> str:
    """Type and places of an error and its causes, without their messages."""
    lines = []
    seen: BaseException | None = error
    while seen is not None:
        frames = traceback.extract_tb(seen.__traceback__)
        lines.append(
            type(seen).__name__ + "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        )
        seen = seen.__cause__ or seen.__context__
    return "\nafter ".join(lines)
