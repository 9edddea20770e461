"""What VClaim and iCare are asked and say. No name, no NIK, no card number goes out: the record holds those."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.coverage.contract.eligibility import BpjsCode
from services.kernel.ids import FacilityCode, JknNumber, Nik

ReferralNumber = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9]{8,25}$")]
Origin = Literal["fktp", "hospital"]
_PERSON = "Id orang di rekam bersama (our person id)"
_LINE = "Jalur faskes mana; bawaan faskes pada token (whose line)"


class WhomAsked(BaseModel):
    """Tentang siapa: tepat satu dari nik, jkn, person_id (about whom: exactly one of them)."""

    model_config = ConfigDict(extra="forbid")

    nik: Nik | None = None
    jkn: JknNumber | None = None
    person_id: Annotated[str, Field(min_length=1, max_length=64, description=_PERSON)] | None = None
    facility: Annotated[FacilityCode, Field(description=_LINE)] | None = None

    @model_validator(mode="after")
    def _one_number(self) -> "WhomAsked":
        if sum(v is not None for v in (self.nik, self.jkn, self.person_id)) != 1:
            raise ValueError("isi tepat satu dari nik, jkn, person_id / give exactly one of nik, jkn, person_id")
        return self


class VclaimMemberAsked(WhomAsked):
    """Peserta menurut VClaim pada satu hari (a member by VClaim, on a day)."""

    day: date | None = Field(None, description="tglSEP; bawaan hari ini (default today)")


class VclaimReferralsAsked(WhomAsked):
    """Rujukan seorang peserta yang masih berlaku (a member's valid referrals)."""

    origin: Origin = Field("fktp", description="fktp: dari FKTP; hospital: dari rumah sakit (where it comes from)")


class VclaimMember(BaseModel):
    """Peserta menurut VClaim (a member by VClaim)."""

    person_id: str | None
    active: bool | None = Field(description="statusPeserta: kode 0 aktif; null bila tidak terbaca")
    status_text: str | None = Field(examples=["AKTIF"])
    payer: BpjsCode | None = None
    care_class: BpjsCode | None = None
    registered_facility: BpjsCode | None = Field(None, description="provUmum")
    member_since: date | None = Field(None, description="tglTMT")
    valid_until: date | None = Field(None, description="tglTAT")
    prolanis_prb: str | None = Field(None, description="informasi.prolanisPRB", examples=["PRB : HIPERTENSI"])
    social: str | None = Field(None, description="informasi.dinsos")
    other_insurer: str | None = Field(None, description="cob.nmAsuransi")


class VclaimReferral(BaseModel):
    """Satu rujukan menurut VClaim (a referral by VClaim)."""

    number: str = Field(description="noKunjungan")
    day: date | None = Field(description="tglKunjungan")
    person_id: str | None
    diagnosis: BpjsCode | None
    complaint: str | None
    service: BpjsCode | None = Field(description="pelayanan")
    poli: BpjsCode | None = Field(description="poliRujukan")
    referred_by: BpjsCode | None = Field(description="provPerujuk")


class VclaimReferrals(BaseModel):
    """Rujukan; kosong bila tidak ada (referrals; empty when there are none)."""

    referrals: list[VclaimReferral]


class ReferralUses(BaseModel):
    """Sudah berapa SEP memakai rujukan ini (how many guarantee letters used it)."""

    number: str
    origin: Origin
    count: int = Field(description="jumlahSEP", examples=[0])
    used: bool


class Prb(BaseModel):
    """Satu surat rujuk balik (a back-referral letter)."""

    number: str | None = Field(description="noSRB")
    sep: str | None = Field(description="noSEP")
    day: date | None = Field(description="tglSRB")
    programme: BpjsCode | None = Field(description="programPRB")
    person_id: str | None


class Prbs(BaseModel):
    """Surat rujuk balik; kosong bila tidak ada (back-referral letters; empty when there are none)."""

    letters: list[Prb]


class IcareAsked(BaseModel):
    """Riwayat siapa yang hendak dilihat (whose history)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"person_id": "14100000-0001-8000-a000-000000000000"}]}
    )

    person_id: Annotated[str, Field(min_length=1, max_length=64, description=_PERSON)]
    facility: Annotated[FacilityCode, Field(description=_LINE)] | None = None


class IcareLink(BaseModel):
    """Tautan ke halaman iCare; berlaku sebentar, jangan disimpan (a short-lived link; do not keep it)."""

    url: str
