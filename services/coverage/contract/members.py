"""What was said of a person's membership, by whom, when."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.coverage.contract.eligibility import Eligibility, MemberStatus, StatementSource
from services.kernel.ids import BpjsFacilityCode


class StatementOut(BaseModel):
    """Satu pernyataan (one statement): never overwritten."""

    source: StatementSource
    stated_at: datetime = Field(description="Kapan dinyatakan; daftar: tanggal keadaannya (when it was stated)")
    noted_at: datetime = Field(description="Kapan sampai di sini (when it reached us)")
    by: str | None = Field(description="Siapa yang bertanya, memuat, atau mencatat (who asked, loaded or noted)")
    facility: str | None = Field(description="Di faskes mana (at which facility)")
    because: str | None = Field(None, description="Apa yang dilihat petugas (what staff saw)")
    list: str | None = Field(None, description="Daftar asalnya (the list it comes from)")
    line: int | None = None
    status: MemberStatus
    status_text: str | None
    since: date | None
    until: date | None
    class_code: str | None
    payer_code: str | None
    payer_name: str | None
    provider_code: str | None
    dental_code: str | None
    prolanis: str | None
    prb: bool | None
    arrears: int | None
    cob: bool | None


class Statements(BaseModel):
    """Riwayat pernyataan dan apa yang berlaku (the history, and what stands of it)."""

    person_id: str
    stands: Eligibility
    statements: list[StatementOut] = Field(description="Yang lama dahulu (oldest first)")


class StaffStatement(BaseModel):
    """Yang dilihat petugas (what a staff member saw). Stands until BPJS or a list says otherwise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"because": "card", "status": "active", "payer_code": "21", "provider_code": "9914P001"}]
        },
    )

    because: Literal["card", "letter", "receipt", "phone"] = Field(
        description="Kartu, surat, bukti bayar, atau telepon ke BPJS (what was seen)"
    )
    status: MemberStatus = MemberStatus.UNKNOWN
    payer_code: Annotated[str, Field(pattern=r"^\d{1,3}$")] | None = None
    class_code: Literal["1", "2", "3"] | None = None
    provider_code: BpjsFacilityCode | None = None
    dental_code: BpjsFacilityCode | None = None
    arrears: Annotated[int, Field(ge=0, le=10**12)] | None = None
    cob: bool | None = None
