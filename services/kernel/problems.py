"""Everything that can go wrong for a caller, as one tree, and its three renderings.

Problem
├─ Invalid 400 · Unprocessable 422 · TooLarge 413 · UnsupportedMedia 415 · NotAcceptable 406
├─ Unauthenticated 401 · Refused 403
├─ NotFound 404 · MethodNotAllowed 405 · Gone 410
├─ Conflict 409 · PreconditionFailed 412
└─ Throttled 429 · Failure 500 · Unavailable 503

A message never holds a name, a NIK, a submitted value or `str(exc)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

PROBLEM_JSON = "application/problem+json"
FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Text:
    """One message in Bahasa Indonesia and in English."""

    id: str
    en: str

    def to(self, language: str) -> str:
        """The message in `language` ("id" or "en")."""
        return self.en if language == "en" else self.id


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong field: `pointer` is a JSON pointer ("/patient/nik") or a FHIRPath ("Observation.status")."""

    pointer: str
    text: Text
    code: str = "invalid"


@lru_cache(maxsize=128)
def language(accept: str | None) -> str:
    """The answer's language from an Accept-Language header: "en" when English is preferred, else "id"."""
    best, quality = "id", 0.0
    for part in (accept or "").lower().split(","):
        tag, _, params = part.strip().partition(";")
        short = tag.split("-")[0]
        if short not in ("id", "en"):
            continue
        try:
            q = float(params.partition("q=")[2] or 1)
        except ValueError:
            q = 0.0
        if q > quality:
            best, quality = short, q
    return best


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """Base of all. `detail` says what is wrong and what would be right; `faults` point at the fields."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "failure"
    title: ClassVar[Text] = Text("Kesalahan sistem", "System failure")
    fhir_code: ClassVar[str] = "exception"
    metadata_code: ClassVar[int] = 201

    def __init__(
        self,
        detail: Text | None = None,
        faults: Sequence[Fault] = (),
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(self.slug)
        self.detail = detail or self.title
        self.faults = list(faults)
        self.code = code or self.fhir_code
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def as_problem(self, lang: str, instance: str, request_id: str) -> dict[str, Any]:
        """RFC 9457 body."""
        body: dict[str, Any] = {
            "type": f"https://simpul.id/problems/{self.slug}",
            "title": self.title.to(lang),
            "status": self.status,
            "detail": self.detail.to(lang),
            "instance": instance,
            "request_id": request_id,
        }
        if self.faults:
            body["errors"] = [{"pointer": f.pointer, "detail": f.text.to(lang), "code": f.code} for f in self.faults]
        return body | self.extra

    def as_outcome(self, lang: str, request_id: str) -> dict[str, Any]:
        """FHIR OperationOutcome body: one issue per fault, or one for the problem itself."""
        issues: list[dict[str, Any]] = [
            {
                "severity": "error",
                "code": f.code,
                "details": {"text": f.text.to(lang)},
                "expression": [f.pointer],
            }
            for f in self.faults
        ] or [{"severity": "error", "code": self.code, "details": {"text": self.detail.to(lang)}}]
        issues[0]["diagnostics"] = f"request {request_id}"
        return {"resourceType": "OperationOutcome", "issue": issues}

    def as_metadata(self) -> dict[str, Any]:
        """The envelope in which BPJS hears of a refusal (Antrean FKTP): always in Indonesian, code 201 unless said."""
        says = "; ".join(f"{f.pointer.rpartition('/')[2]} {f.text.id}".strip() for f in self.faults) or self.detail.id
        return {"response": None, "metadata": {"message": says, "code": self.metadata_code}}


class Invalid(Problem):
    """The request cannot be understood or breaks a rule of form."""

    status, slug, fhir_code = 400, "invalid", "invalid"
    title = Text("Permintaan tidak sah", "Invalid request")


class Duplicate(Invalid):
    """400: the same stands already, as SATUSEHAT says it."""

    fhir_code = "duplicate"


class Unprocessable(Problem):
    """Well-formed, but a field is wrong."""

    status, slug, fhir_code = 422, "unprocessable", "processing"
    title = Text("Isian tidak dapat diterima", "Unacceptable content")


class TooLarge(Problem):
    """The body exceeds what one request may carry."""

    status, slug, fhir_code = 413, "too-large", "too-long"
    title = Text("Kiriman terlalu besar", "Request too large")


class UnsupportedMedia(Problem):
    """The content type cannot be read here."""

    status, slug, fhir_code = 415, "unsupported-media", "not-supported"
    title = Text("Jenis konten tidak didukung", "Unsupported content type")


class NotAcceptable(Problem):
    """The asked representation cannot be given."""

    status, slug, fhir_code = 406, "not-acceptable", "not-supported"
    title = Text("Bentuk jawaban tidak tersedia", "Representation not available")


class Unauthenticated(Problem):
    """No token, or one that is expired, foreign or broken."""

    status, slug, fhir_code = 401, "unauthenticated", "login"
    title = Text("Token tidak ada atau tidak berlaku", "Token missing or not valid")

    def __init__(self, detail: Text | None = None, **kw: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="simpul"'}, **kw)


class Refused(Problem):
    """Known caller, not allowed."""

    status, slug, fhir_code = 403, "refused", "forbidden"
    title = Text("Akses ditolak", "Access refused")


class NotFound(Problem):
    """Nothing there."""

    status, slug, fhir_code = 404, "not-found", "not-found"
    title = Text("Tidak ditemukan", "Not found")


class MethodNotAllowed(Problem):
    """The address exists, the verb does not."""

    status, slug, fhir_code = 405, "method-not-allowed", "not-supported"
    title = Text("Metode tidak didukung di alamat ini", "Method not supported here")


class Gone(Problem):
    """It was there and has been deleted."""

    status, slug, fhir_code = 410, "gone", "deleted"
    title = Text("Sudah dihapus", "Deleted")


class Conflict(Problem):
    """Contradicts the present state."""

    status, slug, fhir_code = 409, "conflict", "conflict"
    title = Text("Bertentangan dengan keadaan sekarang", "Conflicts with the present state")


class PreconditionFailed(Problem):
    """If-Match or a conditional request did not hold."""

    status, slug, fhir_code = 412, "precondition-failed", "conflict"
    title = Text("Prasyarat tidak terpenuhi", "Precondition failed")


class Throttled(Problem):
    """Too many requests."""

    status, slug, fhir_code = 429, "throttled", "throttled"
    title = Text("Terlalu banyak permintaan", "Too many requests")


class Failure(Problem):
    """Our own fault; the cause is in the log under the request id."""


class Unavailable(Problem):
    """A peer or the database does not answer now; try again."""

    status, slug, fhir_code = 503, "unavailable", "transient"
    title = Text("Layanan sedang tidak tersedia, coba lagi", "Service unavailable, try again")
