"""The door's own web pages: everything they need is served from here, so that they work without the internet."""

import asyncio
import gzip
import hashlib
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.answers import answer

STATIC = Path(__file__).parent / "static"

PAGE_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy",
     b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
     b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)  # fmt: skip
"""What every page of the house carries unless it says otherwise."""

_OWN_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_OWN_HEADERS = ((b"content-security-policy", _OWN_POLICY), *PAGE_HEADERS[1:])
_KINDS = {
    ".html": b"text/html; charset=utf-8", ".css": b"text/css; charset=utf-8", ".txt": b"text/plain; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8", ".svg": b"image/svg+xml", ".json": b"application/json",
}  # fmt: skip


class Asset:
    """One file, read at its first use and kept, with its ETag and its gzipped form."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kind = _KINDS.get(path.suffix, b"text/plain; charset=utf-8")
        self._kept: tuple[bytes, bytes, bytes] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._kept is None:
            self._kept = await asyncio.to_thread(_prepared, self._path)
        plain, packed, tag = self._kept
        asked = dict(scope["headers"])
        headers = [
            (b"content-type", self._kind), (b"etag", tag), (b"cache-control", b"no-cache"),
            (b"vary", b"accept-encoding"), *_OWN_HEADERS,
        ]  # fmt: skip
        if tag in asked.get(b"if-none-match", b""):
            await send({"type": "http.response.start", "status": 304, "headers": headers[1:]})
            await send({"type": "http.response.body", "body": b""})
        elif b"gzip" in asked.get(b"accept-encoding", b"") and packed:
            await answer(send, 200, [*headers, (b"content-encoding", b"gzip")], packed)
        else:
            await answer(send, 200, headers, plain)


def _prepared(path: Path) -> tuple[bytes, bytes, bytes]:
    plain = path.read_bytes()
    packed = gzip.compress(plain, 6, mtime=0)
    tag = b'"' + hashlib.sha256(plain).hexdigest()[:20].encode() + b'"'
    return plain, packed if len(packed) < len(plain) else b"", tag


def pages() -> dict[str, ASGIApp]:
    """Every address of the door's pages, and the files they load."""
    found: dict[str, ASGIApp] = {}
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            found[f"/assets/{path.relative_to(STATIC).as_posix()}"] = Asset(path)
    found["/"] = found["/assets/front.html"]
    found["/docs"] = found["/docs/"] = found["/assets/docs.html"]
    found["/catat"] = found["/assets/catat.html"]
    found["/indikator"] = found["/assets/indikator.html"]
    found["/jkn"] = found["/assets/jkn.html"]
    found["/rujukan"] = found["/assets/rujukan.html"]
    found["/sasaran"] = found["/assets/sasaran.html"]
    found["/survei"] = found["/assets/survei.html"]
    found["/rujukan/periksa"] = found["/assets/periksa.html"]
    found["/favicon.ico"] = found["/assets/mark.svg"]
    found["/robots.txt"] = found["/assets/robots.txt"]
    return found
