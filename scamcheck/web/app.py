"""One application: the API, the pages, and what they share."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.staticfiles import StaticFiles

from scamcheck import __version__
from scamcheck.web.api import api_router
from scamcheck.web.judging import Judging
from scamcheck.web.limits import Admission, Bodies
from scamcheck.web.metrics import Measured, Metrics
from scamcheck.web.problems import HttpProblem, answer_http_error, answer_invalid, answer_problem
from scamcheck.web.reload import LiveClassifier
from scamcheck.web.security import Gate, SecurityHeaders, served_hosts
from scamcheck.web.settings import Settings
from scamcheck.web.store import Store

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Desk:
    """What routes share, at `app.state.desk`; `classifier.current` is to be read anew for every request."""

    settings: Settings
    classifier: LiveClassifier
    store: Store
    judging: Judging
    metrics: Metrics
    csrf_key: bytes


def desk(connection: HTTPConnection) -> Desk:
    """Dependency: the application's desk."""
    found: Desk = connection.app.state.desk
    return found


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application. Opens the database and loads rules and model now, so that what is wrong shows before serving.

    Raises `ScamcheckError`.
    """
    settings = settings or Settings()
    limits = settings.limits
    token = settings.token()
    classifier = LiveClassifier(settings.rules, settings.overlay, settings.model)
    store = Store(settings.database)
    metrics = Metrics(classifier)
    app = FastAPI(
        title="scamcheck", version=__version__, description=_DESCRIPTION, lifespan=_lifespan, docs_url=None, redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would take bodies along
    )  # fmt: skip
    app.state.desk = Desk(
        settings, classifier, store, Judging(classifier, limits.waiting_chars), metrics, store.secret("csrf")
    )
    app.include_router(api_router(limits))
    if importlib.util.find_spec("scamcheck.web.pages") is not None:
        pages = importlib.import_module("scamcheck.web.pages")
        app.include_router(pages.router, include_in_schema=False)
        pages.prepare(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(HttpProblem, answer_problem)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(HTTPException, answer_http_error)
    # The last added is outermost.
    app.add_middleware(Bodies, limits=limits)
    app.add_middleware(Gate, hosts=served_hosts(settings.host, settings.allowed_hosts), token=token)
    app.add_middleware(Admission, limits=limits)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured, metrics=metrics)
    return app


_DESCRIPTION = "Labels a Chinese message with the scam script it follows and says why. 判断一条中文消息照着哪种诈骗剧本, 并说明理由。"


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    shared: Desk = app.state.desk
    tasks = [asyncio.create_task(_purge(shared))]
    if shared.settings.watch:
        tasks.append(asyncio.create_task(shared.classifier.watch()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        shared.judging.close()
        shared.store.close()


async def _purge(shared: Desk) -> None:
    """Delete what is past its retention, at start and daily."""
    days = shared.settings.retention_days
    while days is not None:
        gone = await asyncio.to_thread(shared.store.purge, days)
        log.info("retention: %d entries deleted", gone)
        await asyncio.sleep(_DAY)
