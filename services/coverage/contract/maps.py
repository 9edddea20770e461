"""What a facility chose to tell BPJS for what the record says: BPJS' code for ours, by whom and since when."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kernel.ids import FacilityCode

ANY = "*"
"""`ours` of a choice for all that has none of its own."""


class MapKind(StrEnum):
    """Jenis padanan kode (what is mapped). Closed list.

    doctor: nakes ke kdDokter · poli: layanan, klaster atau tempat ke kdPoli · consciousness: kdSadar · prognosis:
    kdPrognosa · discharge: kdStatusPulang · allergy-food, allergy-air, allergy-drug · medicine: kdObat · procedure:
    kdTindakan · subspecialist: kdSubSpesialis · means: kdSarana · special: kdKhusus · area: kabupaten
    jejaring rujukan (SRBK)
    """

    DOCTOR = "doctor"
    POLI = "poli"
    CONSCIOUSNESS = "consciousness"
    PROGNOSIS = "prognosis"
    DISCHARGE = "discharge"
    ALLERGY_FOOD = "allergy-food"
    ALLERGY_AIR = "allergy-air"
    ALLERGY_DRUG = "allergy-drug"
    MEDICINE = "medicine"
    PROCEDURE = "procedure"
    SUBSPECIALIST = "subspecialist"
    MEANS = "means"
    SPECIAL = "special"
    AREA = "area"


Ours = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Theirs = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9._/-]{1,20}$")]


class NewChoice(BaseModel):
    """Satu padanan yang ditetapkan faskes (a choice of the facility)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "doctor", "ours": "dr. Andi Saputra", "theirs": "131491", "facility": "P1410010101"}]
        },
    )

    kind: MapKind
    ours: Ours = Field(
        description="Kode atau nama di rekam bersama; * untuk semua yang belum punya padanan sendiri. Nakes: nomor IHS"
        " atau namanya; poli: `tanpa-diagnosis` (kunjungan sehat), kode layanan, `klaster-2`, `posyandu`,"
        " `dalam-gedung`, `gawat-darurat`, …; alergi: kode, nama, atau"
        " `none` bila tidak ada (our code or name; * for all others)",
        examples=["dr. Andi Saputra", "posyandu", "*"],
    )
    theirs: Theirs | None = Field(
        description="Kode BPJS; null menghapus padanan ini mulai tanggal itu (BPJS' code; null takes the choice back)",
        examples=["131491"],
    )
    since: date | None = Field(
        None, description="Berlaku mulai tanggal kunjungan ini; kosong: dari semula (from which day of visits on)"
    )
    facility: FacilityCode | None = Field(
        None, description="Hanya bagi dinas: faskes mana (for the office: which facility)", examples=["P1410010101"]
    )


class Choice(BaseModel):
    """Padanan yang berlaku (a choice as it stands)."""

    facility: str
    kind: MapKind
    ours: str
    theirs: str | None
    since: date | None
    by: str = Field(description="Akun yang menetapkan (who chose)")
    at: datetime = Field(description="Kapan ditetapkan (when)")


class Choices(BaseModel):
    """Padanan sebuah faskes (a facility's choices)."""

    items: list[Choice]
