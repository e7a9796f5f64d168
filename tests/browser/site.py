"""A site of somebody's own, on an origin of its own: pages of HTML, as they are put."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ font: 1rem/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2.5rem; color: #1f2937 }}</style>
</head><body><h1>{title}</h1>
{body}
</body></html>"""


class Site:
    """Serves what ``pages`` holds, by path, at ``origin``. ``alias``: the same site as another origin."""

    def __init__(self, port: int) -> None:
        self.pages: dict[str, str] = {}
        self.origin = f"http://127.0.0.1:{port}"
        self.alias = f"http://localhost:{port}"

    def put(self, path: str, body: str, *, lang: str = "en", title: str = "Sample Pumps") -> str:
        """Put a page with such a body; returns its address."""
        self.pages[path] = PAGE.format(lang=lang, title=title, body=body)
        return self.origin + path


@contextmanager
def serving() -> Iterator[Site]:
    """A site, until it is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            body = site.pages.get(path, "").encode()
            # A browser asks for an icon by itself, and says in its console that there is none.
            self.send_response(200 if body else 204 if path == "/favicon.ico" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
    site = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
