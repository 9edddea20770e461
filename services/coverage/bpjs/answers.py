"""Pure reading of BPJS answers: from status, headers and envelope to an outcome.

The meanings are those integrators have observed (BPJS publishes few): 201 means *created* in PCare; a 404 with
"not registered for this service" is an unknown path or a missing entitlement; 412 lists wrong fields; a 5xx may
carry a business message; HTML, an empty body, 408 and other 5xx pass by themselves. PCare's code for "no such
member" is unpublished, so every well-formed answer without data and without a refusal counts as that.
A bare HTTP 204 is *not* such an answer: without an envelope nothing is stated about the person.
"""

import re
from datetime import date, datetime
from typing import Any

from services.coverage.bpjs.envelope import Envelope, fields
from services.coverage.bpjs.outcomes import Because, Member, NotFound, Outcome, Refused, Unavailable

_BUSINESS = re.compile(r"\btidak (sesuai|valid|boleh|dapat)\b|\bbelum\b|\bsudah\b|\bharus\b|cannot be less", re.I)

_WENT_THROUGH = (200, 201, 204, 404)


def without_envelope(status: int, body: bytes) -> Unavailable:
    """What an answer that is no BPJS envelope means."""
    if status == 429:
        return Unavailable(Because.RATE_LIMIT, again=False)
    if status == 408 or status == 504:
        return Unavailable(Because.TIMEOUT)
    return Unavailable(Because.NOT_JSON if body.strip() else Because.EMPTY)


def failure(envelope: Envelope, clock_differs: bool) -> Refused | Unavailable | None:
    """The refusal or failure an envelope states; None when the request went through."""
    text, code = envelope.message.lower(), envelope.code
    if "signature" in text:
        return Refused(Because.CLOCK if clock_differs else Because.SIGNATURE)
    if "consumer id is expired" in text:
        return Refused(Because.CONSUMER_EXPIRED)
    if "not registered for this service" in text:
        return Refused(Because.ENTITLEMENT)
    if code in (401, 403):
        return Refused(Because.CREDENTIALS)
    if code == 429:
        return Unavailable(Because.RATE_LIMIT, again=False)
    if code == 408:
        return Unavailable(Because.TIMEOUT)
    named = tuple(name for name, _ in fields(envelope))
    if code >= 500:
        business = bool(named) or bool(_BUSINESS.search(envelope.message))
        return Refused(Because.RULE, named) if business else Unavailable(Because.SERVER)
    if code >= 400 and code != 404:
        return Refused(Because.RULE, named)
    return None if code in _WENT_THROUGH else Unavailable(Because.SERVER)


def member(envelope: Envelope, nik: str | None, card: str | None) -> Outcome:
    """The outcome of a member question that went through, asked by `nik` or by `card` number."""
    found = envelope.response
    if found is None or found == "" or found == []:
        return NotFound()
    if not isinstance(found, dict) or not isinstance(found.get("aktif"), bool):
        return Unavailable(Because.UNREADABLE)
    answer = _member(found)
    if (nik and answer.nik and answer.nik != nik) or (card and answer.card and answer.card != card):
        return Unavailable(Because.MISMATCH, again=False)
    return answer


def _member(found: dict[str, Any]) -> Member:
    return Member(
        active=found["aktif"],
        status_text=_text(found.get("ketAktif")) or "",
        since=day(found.get("tglMulaiAktif")),
        until=day(found.get("tglAkhirBerlaku")),
        class_code=_inner(found, "jnsKelas", "kode"),
        class_name=_inner(found, "jnsKelas", "nama"),
        payer_code=_inner(found, "jnsPeserta", "kode"),
        payer_name=_inner(found, "jnsPeserta", "nama"),
        provider_code=_inner(found, "kdProviderPst", "kdProvider"),
        provider_name=_inner(found, "kdProviderPst", "nmProvider"),
        nik=_text(found.get("noKTP")),
        card=_text(found.get("noKartu")),
        dental_code=_inner(found, "kdProviderGigi", "kdProvider"),
        dental_name=_inner(found, "kdProviderGigi", "nmProvider"),
        prolanis=tuple(p for p in ("DM", "HT") if p in (_text(found.get("pstProl")) or "").upper()),
        prb=_text(found.get("pstPrb")) is not None,
        arrears=_whole(found.get("tunggakan")),
        cob=isinstance(asuransi := found.get("asuransi"), dict) and asuransi.get("cob") is True,
        insurer=_inner(found, "asuransi", "nmAsuransi"),
        relationship=_text(found.get("hubunganKeluarga")),
    )


def _whole(value: Any) -> int | None:
    """A whole number however it is written; None when it is none."""
    try:
        return int(str(value))
    except ValueError:
        return None


def _inner(found: dict[str, Any], name: str, key: str) -> str | None:
    inner = found.get(name)
    return _text(inner.get(key)) if isinstance(inner, dict) else None


def _text(value: Any) -> str | None:
    """A text with something in it; PCare also writes the string "null"."""
    text = str(value).strip() if value is not None else ""
    return text if text and text != "null" else None


def day(value: Any) -> date | None:
    """A PCare date (dd-MM-yyyy); None when absent or not a date."""
    try:
        return datetime.strptime(str(value), "%d-%m-%Y").date()
    except ValueError:
        return None
