"""Cursors of pages: the key of the last row looked at, sealed: it may be of a person the caller may not see."""

from services.kernel import sealing
from services.kernel.auth import Actor
from services.kernel.problems import Fault, Invalid, Text
from services.kernel.service import Service

WRONG = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")


def encode(service: Service, actor: Actor, asked: str, key: tuple[object, ...] | None) -> str | None:
    """A key as a cursor of what was `asked`; None for none."""
    if key is None:
        return None
    plain = "\n".join(map(str, key)).encode()
    return sealing.seal(service.settings.peer_key.get_secret_value(), actor, asked, plain)


def decode(service: Service, actor: Actor, asked: str, cursor: str | None, parts: int) -> tuple[str, ...]:
    """The parts of the key in a cursor; empty ones without it. Raises Invalid for one not given to this caller."""
    if not cursor:
        return ("",) * parts
    try:
        plain = sealing.opened(service.settings.peer_key.get_secret_value(), actor, asked, cursor)
    except ValueError:
        raise Invalid(WRONG, [Fault("/after", WRONG)]) from None
    return tuple(plain.decode().split("\n"))
