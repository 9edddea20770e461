"""What BPJS gives for a visit, read from its answers and kept, pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.coverage.bpjs import answers
from services.coverage.bpjs.outcomes import Refused, Said
from services.coverage.rules.deliveries import Given

VISIT = "visit"
PART = "part:"


def day_of(written: str | None) -> date | None:
    """A date as PCare writes it, read; None when there is none."""
    try:
        return datetime.strptime(written, "%d-%m-%Y").date() if written else None
    except ValueError:
        return None


def text(value: Any) -> str | None:
    """A text with something in it; PCare also writes the string "null"."""
    found = str(value).strip() if value is not None else ""
    return found if found and found != "null" else None


def inner(row: Mapping[str, Any], name: str, key: str) -> str | None:
    """The `key` of an object in a row of a list; None when either is missing."""
    found = row.get(name)
    return text(found.get(key)) if isinstance(found, dict) else None


def visited(said: Said, given: Given, digest: str) -> Given | None:
    """A visit was accepted; None when the answer does not say under which number."""
    number = answers.number(said, "noKunjungan")
    return replace(given, no_kunjungan=number, digests={**given.digests, VISIT: digest}) if number else None


def changed(given: Given, digest: str) -> Given:
    """A change of the visit was accepted."""
    return replace(given, digests={**given.digests, VISIT: digest})


def with_part(given: Given, name: str, kept: str, digest: str | None) -> Given:
    """Something that hangs on the visit was accepted."""
    return replace(
        given, numbers={**given.numbers, name: kept}, digests={**given.digests, **({name: digest} if digest else {})}
    )


def without_part(given: Given, name: str) -> Given:
    """It is gone."""
    return replace(given, numbers=_but(given.numbers, name), digests=_but(given.digests, name))


def without_visit(given: Given) -> Given:
    """The visit is gone, and all that hung on it."""
    numbers = {k: v for k, v in given.numbers.items() if not k.startswith(PART)}
    return replace(given, no_kunjungan=None, digests={}, numbers=numbers)


def without_place(given: Given) -> Given:
    """The registration is gone; without a visit nothing is left."""
    return replace(given, no_urut=None) if given.no_kunjungan else Given()


def unregistered(refused: Refused, given: Given) -> Given | None:
    """BPJS has lost (or somebody removed) the registration it gave: what is left, to register again."""
    told = (refused.message, *(words for _, words in refused.fields))
    lost = given.no_urut is not None and any("belum melakukan pendaftaran" in words.lower() for words in told)
    return Given() if lost else None


def gone(refused: Refused) -> bool:
    """Whether a removal was refused because there may be nothing to remove (then BPJS is looked at)."""
    told = " ".join((refused.message, *(words for _, words in refused.fields))).lower()
    return refused.code == 404 or "tidak ditemukan" in told or "tidak ada" in told or "sudah dihapus" in told


def _but(kept: Mapping[str, str], name: str) -> dict[str, str]:
    return {k: v for k, v in kept.items() if k != name}
