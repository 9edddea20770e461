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

import orjson

from services.coverage.bpjs.envelope import Envelope, fields, pairs, sealed
from services.coverage.bpjs.outcomes import Because, Member, NotFound, Outcome, Refused, Reply, Said, Unavailable

_BUSINESS = re.compile(
    r"\btidak (sesuai|valid|boleh|dapat(?! (ter|meng)?hubung))\b|\b(belum|sudah|harus|wajib)\b|cannot be less"
    r"|\bgagal mendapatkan nomor\b",
    re.I,
)
_THEIRS = re.compile(r"\b(layanan|service|server|database|koneksi|gangguan|pemeliharaan|maintenance)\b", re.I)
"""Words of a 5xx that speak of BPJS' own state ("layanan belum siap"), not of what was sent."""
_FIELD = re.compile(r"([a-z]+[A-Z]\w*)\s+(\S.*)", re.S)

_WENT_THROUGH = (200, 201, 204, 404)


def without_envelope(status: int, body: bytes) -> Refused | Unavailable:
    """What an answer that is no BPJS envelope means."""
    if status == 429:
        return Unavailable(Because.RATE_LIMIT, again=False, code=status)
    if status in (408, 504):
        return Unavailable(Because.TIMEOUT, code=status)
    if status == 401:
        return Refused(Because.CREDENTIALS, code=status)
    if status == 412 and (wrong := _plain_list(body)):
        return Refused(Because.RULE, wrong, code=status)
    return Unavailable(Because.NOT_JSON if body.strip() else Because.EMPTY, code=status)


def _plain_list(body: bytes) -> tuple[tuple[str, str], ...]:
    """The wrong fields of a 412 that is a plain list, without an envelope around it."""
    try:
        return tuple(pairs(orjson.loads(body)))
    except orjson.JSONDecodeError:
        return ()


def reply(envelope: Envelope, clock_differs: bool, *, asking: bool, created_201: bool) -> Reply:
    """What an envelope, opened as far as it can be, says.

    `asking`: whether it answers a GET, where 404 states that there is nothing; nothing was written by a write that
    was answered so. `created_201`: whether 201 means created (PCare).
    """
    refused = failure(envelope, clock_differs)
    if refused is not None:
        return refused
    if envelope.code == 404 and not asking:
        return Refused(Because.RULE, tuple(fields(envelope)), envelope.message, envelope.code)
    if sealed(envelope):
        return Unavailable(Because.UNREADABLE, code=envelope.code)
    if envelope.code == 201 and not envelope.response and not created_201:
        return Refused(Because.NO_DATA if asking else Because.RULE, (), envelope.message, envelope.code)
    return Said(envelope.code, envelope.response, envelope.message)


def failure(envelope: Envelope, clock_differs: bool) -> Refused | Unavailable | None:
    """The refusal or failure an envelope states; None when the request went through."""
    text, code = envelope.message.lower(), envelope.code
    if about_us := _of_the_line(text, code, clock_differs):
        return Refused(about_us, (), envelope.message, code)
    if code == 429:
        return Unavailable(Because.RATE_LIMIT, again=False, code=code)
    if code == 408:
        return Unavailable(Because.TIMEOUT, code=code)
    named = tuple(fields(envelope))
    if code >= 500:
        named = named or _named_in(envelope.message)
        if named or (_BUSINESS.search(envelope.message) and not _THEIRS.search(envelope.message)):
            return Refused(Because.RULE, named, envelope.message, code)
        return Unavailable(Because.SERVER, code=code, message=envelope.message)
    if code >= 400 and code != 404:
        return Refused(Because.RULE, named or _named_in(envelope.message), envelope.message, code)
    return None if code in _WENT_THROUGH else Unavailable(Because.SERVER, code=code, message=envelope.message)


def _of_the_line(text: str, code: int, clock_differs: bool) -> Because | None:
    """A refusal that is about our sign-in; `text` in small letters."""
    if "signature" in text:
        return Because.CLOCK if clock_differs else Because.SIGNATURE
    if "consumer id is expired" in text:
        return Because.CONSUMER_EXPIRED
    if "not registered for this service" in text:
        return Because.ENTITLEMENT
    return Because.CREDENTIALS if code in (401, 403) else None


def _named_in(message: str) -> tuple[tuple[str, str], ...]:
    """The field a message begins with ("kdPoli Tidak sesuai dengan referensi sistem.")."""
    found = _FIELD.fullmatch(message.strip())
    return ((found[1], found[2]),) if found else ()


def number(said: Said, name: str) -> str | None:
    """The number a write was given ("noUrut", "noKunjungan"): `{"field","message"}`, alone or in a list."""
    return next((value for key, value in pairs(said.response) if key.lower() == name.lower() and value), None)


def member(said: Reply, nik: str | None, card: str | None) -> Outcome:
    """The outcome of a member question, asked by `nik` or by `card` number."""
    if not isinstance(said, Said):
        return said
    found = said.response
    if found is None or found == "" or found == []:
        return NotFound()
    if not isinstance(found, dict) or not isinstance(found.get("aktif"), bool):
        return Unavailable(Because.UNREADABLE)
    answer = _member(found)
    if nik and is_nobody(_text(found.get("noKTP"))):  # asked by NIK, told of the newborn nobody may be matched to
        return Unavailable(Because.MISMATCH, again=False)
    if (nik and answer.nik and answer.nik != nik) or (card and answer.card and answer.card != card):
        return Unavailable(Because.MISMATCH, again=False)
    return answer


def is_nobody(nik: str | None) -> bool:
    """Whether this is the NIK of zeros, under which BPJS keeps a real "BAYI BR LAHIR": it never identifies anyone."""
    return nik is not None and not nik.strip("0")


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
        nik=None if is_nobody(nik := _text(found.get("noKTP"))) else nik,
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
