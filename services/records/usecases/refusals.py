"""What is said to those who may not see something: why, and nothing of what is hidden."""

from typing import Any

from services.kernel.auth import Actor
from services.kernel.problems import Refused, Text
from services.kernel.service import Service
from services.records.queries import people

NO_RELATION = Text(
    "Faskes ini belum mempunyai alasan melihat pasien ini: catat kunjungan atau pendaftarannya, terima rujukannya, atau"
    " dalam keadaan darurat buka dengan alasan (/v1/break-glass)",
    "This facility has no reason to see this patient yet: record a visit or a registration, accept a referral, or in an"
    " emergency break the glass with a reason (/v1/break-glass)",
)
NO_CONSENT = Text(
    "Pasien ini tidak mengizinkan faskes lain melihat catatannya: minta persetujuannya (/v1/consents), atau dalam"
    " keadaan darurat buka dengan alasan (/v1/break-glass)",
    "This patient does not consent to other facilities seeing the record: ask for consent (/v1/consents), or in an"
    " emergency break the glass with a reason (/v1/break-glass)",
)
NO_AGREEMENT = Text(
    'Faskes swasta ini hari ini tidak mempunyai perjanjian yang berlaku dengan klausul data "catatan bersama" (no'
    " agreement in force): yang ditulisnya sendiri tetap terlihat; minta Dinas Kesehatan atau puskesmas membuat atau"
    " memperbarui perjanjian (/v1/agreements), atau dalam keadaan darurat buka dengan alasan (/v1/break-glass)",
    "This private facility has no agreement in force today whose data clause opens the shared record: what it wrote"
    " itself it still sees; ask the health office or the puskesmas to make or renew an agreement (/v1/agreements), or"
    " in an emergency break the glass with a reason (/v1/break-glass)",
)
WITHHELD = Text(
    "Sebagian data pasien ini ditahan karena peka: perlu rujukan terbuka, persetujuan pasien (/v1/consents), atau dalam"
    " keadaan darurat alasan (/v1/break-glass)",
    "Some of this patient's data are withheld as sensitive: they need an open referral, the patient's consent"
    " (/v1/consents) or, in an emergency, a reason (/v1/break-glass)",
)
_HIDDEN = Text(
    f"{NO_RELATION.id}; atau pasien belum memberi persetujuan, atau faskes swasta ini tanpa perjanjian yang berlaku",
    f"{NO_RELATION.en}; or the patient does not consent, or this private facility has no agreement in force",
)


async def refusal(service: Service, actor: Actor, person: str | None) -> Refused:
    """The refusal to raise, with its reason."""
    async with service.db.reading() as conn:
        stands = await people.standing(conn, actor, service.clock.today(), person)
    if stands.seen:
        return Refused(WITHHELD, code="suppressed")
    if stands.related:
        return Refused(NO_CONSENT, code="suppressed")
    return Refused(NO_AGREEMENT, code="suppressed") if stands.reason else Refused(NO_RELATION)


def suppressed(hidden: int, withheld: bool) -> dict[str, Any] | None:
    """The OperationOutcome beside what is shown: whole persons are hidden, or part of a person's data."""
    said = ([_HIDDEN] if hidden else []) + ([WITHHELD] if withheld else [])
    issues = [_issue({"details": {"text": f"{text.id} ({text.en})"}}) for text in said]
    return {"resourceType": "OperationOutcome", "issue": issues} if issues else None


def no_consent(type_: str, id_: str) -> dict[str, Any]:
    """The same in SATUSEHAT's words, one for each thing hidden."""
    text = "The operation did not return any information due to consent or privacy rules."
    said = {"details": {"text": text}, "diagnostics": f"No consent available for {type_}/{id_}"}
    return {"resourceType": "OperationOutcome", "issue": [_issue(said)]}


def _issue(said: dict[str, Any]) -> dict[str, Any]:
    return {"severity": "information", "code": "suppressed", **said}
