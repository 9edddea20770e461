"""What a handler of the simulator gives: a plain value, `Said` (a value with its own code), or a `Refusal`."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in the envelope: code and message; a `response` beside it is never sealed."""

    code: int
    message: str
    response: Any = None


@dataclass(frozen=True, slots=True)
class Said:
    """A value with a code other than 200, or one that BPJS sends unsealed."""

    value: Any
    code: int = 200
    message: str = "OK"
    sealed: bool = True


def created(value: Any) -> Said:
    """201, as PCare answers a POST."""
    return Said(value, 201, "CREATED")


def wrong(*faults: tuple[str, str]) -> Refusal:
    """412 with its plain list of (field, message)."""
    return Refusal(412, "PRECONDITION_FAILED", [{"field": f, "message": m} for f, m in faults])


REFERENCE = "Tidak sesuai dengan referensi sistem."
"""What a 412 says of a field whose value is in no list, or has no acceptable form."""
NOT_REGISTERED = "Belum melakukan pendaftaran pada poli tersebut."
ENTERED = "Peserta sudah di-entri di poli yang sama pada hari yang sama."
UNKNOWN_PATH = Refusal(404, "Unauthorized! You are not registered for this service!")
