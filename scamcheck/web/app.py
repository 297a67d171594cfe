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
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from scamcheck import __version__
from scamcheck.web.problems import HttpProblem, answer
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
    token = settings.token()
    store = Store(settings.database)
    classifier = LiveClassifier(settings.rules, settings.overlay, settings.model)
    app = FastAPI(
        title="scamcheck",
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.desk = Desk(settings, classifier, store, store.secret("csrf"))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(HttpProblem, _answer_problem)
    if importlib.util.find_spec("scamcheck.web.pages") is not None:
        pages = importlib.import_module("scamcheck.web.pages")
        app.include_router(pages.router, include_in_schema=False)
    app.add_middleware(Gate, hosts=served_hosts(settings.host, settings.allowed_hosts), token=token)
    app.add_middleware(SecurityHeaders)  # the last added is outermost
    return app


async def _answer_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HttpProblem)
    return answer(request, problem)


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
        shared.store.close()


async def _purge(shared: Desk) -> None:
    """Delete what is past its retention, at start and daily."""
    days = shared.settings.retention_days
    while days is not None:
        gone = await asyncio.to_thread(shared.store.purge, days)
        log.info("retention: %d entries deleted", gone)
        await asyncio.sleep(_DAY)
