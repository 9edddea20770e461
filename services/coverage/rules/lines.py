"""What a line must have, where it may lead, and which refusals hold it."""

import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from services.coverage.bpjs.outcomes import Because
from services.coverage.bpjs.wire import BpjsService
from services.kernel.problems import Fault, Text

HOLDING = frozenset({Because.SIGNATURE, Because.CREDENTIALS, Because.CONSUMER_EXPIRED})
"""Refusals that hold a line at once. A wrong clock is ours and mends by itself; "not registered" may be one unknown
path, so the line is tried first."""

BPJS = ".bpjs-kesehatan.go.id"
_PLAIN = re.compile(r"https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~/-]*)?")
"""An address every reader parts alike: no query, no fragment, no backslash, nothing encoded."""
_ALWAYS = ("cons_id", "secret", "user_key")
_ACCOUNT = ("username", "password")
_WITH_ACCOUNT = (BpjsService.PCARE, BpjsService.SRBK)


def needed(service: BpjsService) -> tuple[str, ...]:
    """The secrets a line to this service cannot do without."""
    return (*_ALWAYS, *_ACCOUNT) if service in _WITH_ACCOUNT else _ALWAYS


def missing(service: BpjsService, given: Collection[str]) -> list[Fault]:
    """What is still missing of a line's secrets."""
    text = Text("isi juga: belum tersimpan untuk jalur ini", "give this too: none is kept for this line yet")
    return [Fault(f"/{name}", text, "required") for name in needed(service) if name not in given]


def ill_formed(secrets: dict[str, str]) -> list[Fault]:
    """Secrets that no header can carry. A colon in a user name would be read as its end."""
    text = Text("hanya huruf, angka dan tanda ASCII, tanpa spasi di ujung", "printable ASCII, no spaces at the ends")
    wrong = [n for n, v in secrets.items() if not (v.isascii() and v.isprintable() and v == v.strip())]
    if ":" in secrets.get("username", ""):
        wrong.append("username")
    return [Fault(f"/{name}", text, "invalid") for name in wrong]


def astray(address: str, ours: Iterable[str | None]) -> bool:
    """Whether a line may not lead there: only to BPJS itself by https, or to a host this installation uses.

    Whoever may enter credentials must not be able to lead patients' numbers elsewhere.
    """
    try:
        parts, known = urlsplit(address), {urlsplit(a)[:2] for a in ours if a}
        if _PLAIN.fullmatch(address) is None or parts.username or parts.password or not parts.hostname:
            return True
        at_bpjs = parts.scheme == "https" and parts.hostname.endswith(BPJS) and parts.port in (None, 443)
    except ValueError:  # a port that is no number
        return True
    return not at_bpjs and parts[:2] not in known  # also not to our own host by a weaker scheme
