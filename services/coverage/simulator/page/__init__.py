"""The page to look inside: faults by button, requests as they arrive, what facilities have entered, Mobile JKN.

It holds no data itself; everything comes from `/_control`, so it shows what the control shows, to whom it shows it.
"""

from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

FILES = {"index.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
RULES = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'self'"
HEADERS = {
    "Content-Security-Policy": f"{RULES}; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def router() -> APIRouter:
    """The page and its two files."""
    routes = APIRouter()

    @routes.get("/")
    async def page(request: Request) -> Response:
        """Halaman simulator (the page). Its addresses start from where it was opened, also below a front door."""
        here = f'<base href="{request.scope.get("front", "")}/">'.encode()
        return _file("index.html", _read("index.html").replace(b"<base>", here))

    @routes.get("/_page/{name}")
    async def part(name: str) -> Response:
        """Gaya dan naskahnya (its style and script)."""
        return _file(name, _read(name)) if name in FILES else Response(status_code=404)

    return routes


def _file(name: str, content: bytes) -> Response:
    return Response(content, 200, HEADERS, f"{FILES[name]}; charset=utf-8")


@cache
def _read(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()
