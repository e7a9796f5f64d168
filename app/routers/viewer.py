"""How is the contract read in a browser? Swagger UI from this service itself: no address outside is asked for it."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import RedirectResponse, Response

ADDRESS: Final = "/docs"

_FILES: Final = "/docs/files"


def install(app: FastAPI) -> None:
    """Serve the viewer at :data:`ADDRESS`, and send those who come to the root there."""
    app.mount(_FILES, StaticFiles(directory=str(files("fastapi_offline") / "static")))
    app.add_route(ADDRESS, _page, include_in_schema=False)
    app.add_route("/", lambda _: RedirectResponse(ADDRESS), include_in_schema=False)


async def _page(request: Request) -> Response:
    app: FastAPI = request.app
    root = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{root}{app.openapi_url}",
        title=app.title,
        swagger_js_url=f"{root}{_FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{_FILES}/swagger-ui.css",
        swagger_favicon_url=f"{root}{_FILES}/favicon.png",
    )
