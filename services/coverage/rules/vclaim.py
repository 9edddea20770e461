"""VClaim's answers read into ours; what identifies the person is taken apart from what is shown."""

from datetime import date
from typing import Any

from services.coverage.bpjs.answers import is_nobody
from services.coverage.contract.eligibility import BpjsCode
from services.coverage.contract.vclaim import Prb, VclaimMember, VclaimReferral


def inner(found: Any, *names: str) -> Any:
    """What lies under these names, one in the other, in any spelling of their letters; None when there is none."""
    for name in names:
        if not isinstance(found, dict):
            return None
        found = next((v for k, v in found.items() if k.lower() == name.lower()), None)
    return found


def text(value: Any) -> str | None:
    """A text with something in it."""
    said = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return said if said and said != "null" else None


def day(value: Any) -> date | None:
    """A VClaim date (yyyy-MM-dd); None when it is none."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def coded(found: Any, code: str = "kode", name: str = "nama") -> BpjsCode | None:
    """A code and its name."""
    said = BpjsCode(code=text(inner(found, code)), name=text(inner(found, name)))
    return said if said.code or said.name else None


def numbers(peserta: Any) -> tuple[str | None, str | None]:
    """The NIK and card number of the member an answer is about; a NIK of zeros is nobody's."""
    nik = text(inner(peserta, "nik"))
    return (None if is_nobody(nik) else nik), text(inner(peserta, "noKartu"))


def member(found: Any, person_id: str | None) -> VclaimMember:
    """A member as VClaim states it."""
    status = text(inner(found, "statusPeserta", "kode"))
    return VclaimMember(
        person_id=person_id,
        active=None if status is None else status == "0",
        status_text=text(inner(found, "statusPeserta", "keterangan")),
        payer=coded(inner(found, "jenisPeserta"), "kode", "keterangan"),
        care_class=coded(inner(found, "hakKelas"), "kode", "keterangan"),
        registered_facility=coded(inner(found, "provUmum"), "kdProvider", "nmProvider"),
        member_since=day(inner(found, "tglTMT")),
        valid_until=day(inner(found, "tglTAT")),
        prolanis_prb=text(inner(found, "informasi", "prolanisPRB")),
        social=text(inner(found, "informasi", "dinsos")),
        other_insurer=text(inner(found, "cob", "nmAsuransi")),
    )


def referral(found: Any, person_id: str | None) -> VclaimReferral | None:
    """A referral; None when the answer holds no number of one."""
    number = text(inner(found, "noKunjungan")) or text(inner(found, "noRujukan"))
    if number is None:
        return None
    return VclaimReferral(
        number=number,
        day=day(inner(found, "tglKunjungan")),
        person_id=person_id,
        diagnosis=coded(inner(found, "diagnosa")),
        complaint=text(inner(found, "keluhan")),
        service=coded(inner(found, "pelayanan")),
        poli=coded(inner(found, "poliRujukan")),
        referred_by=coded(inner(found, "provPerujuk")),
    )


def prb(found: Any, person_id: str | None) -> Prb:
    """A back-referral letter."""
    return Prb(
        number=text(inner(found, "noSRB")),
        sep=text(inner(found, "noSEP")),
        day=day(inner(found, "tglSRB")),
        programme=coded(inner(found, "programPRB")) or coded({"kode": inner(found, "programPRB")}),
        person_id=person_id,
    )


def prb_rows(found: Any) -> list[Any]:
    """The letters of an answer: one, or a list."""
    rows = inner(found, "prb")
    rows = inner(rows, "list") if isinstance(rows, dict) and inner(rows, "list") is not None else rows
    if rows is None:
        rows = inner(found, "list")
    return rows if isinstance(rows, list) else [rows] if isinstance(rows, dict) else []
