"""The officer's pages, rendered on the server. They work without JavaScript; with it they update in place."""

from fastapi import APIRouter, FastAPI

from scamcheck.web.pages import batch, desk, history, workbench
from scamcheck.web.pages.shared import Pages
from scamcheck.web.templating import templates

router = APIRouter()
for part in (desk, batch, history, workbench):
    router.include_router(part.router)


def prepare(app: FastAPI) -> None:
    """What the pages keep in memory, at `app.state.pages`: made at start, so that the first page does not wait for it."""
    app.state.pages = Pages(app.state.desk)
    for name in templates().list_templates():
        templates().get_template(name)
