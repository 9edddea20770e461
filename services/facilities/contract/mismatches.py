"""What does not fit among a facility's codes, and what would be right."""

from enum import StrEnum

from pydantic import BaseModel, Field

from services.kernel.ids import FacilityCode


class Mismatch(StrEnum):
    """What can be wrong. Closed list."""

    MISSING = "missing"
    FORM = "form"
    SHARED = "shared"
    LICENCE_ENDED = "licence-ended"
    LICENCE_ENDING = "licence-ending"
    CONTRACT_WITHOUT_PPK = "contract-without-ppk"
    PPK_DIFFERS = "ppk-differs"
    PPK_KIND = "ppk-kind"
    CONTRACT_OF_INACTIVE = "contract-of-inactive"
    ASTRAY = "astray"
    DUPLICATE = "duplicate"


class BothLanguages(BaseModel):
    """Kalimat dalam dua bahasa (a sentence in both languages)."""

    id: str = Field(examples=["izin berakhir 2025-06-30"])
    en: str = Field(examples=["the licence ended on 2025-06-30"])


class CodeMismatch(BaseModel):
    """Satu ketidakcocokan pada satu faskes (one thing wrong at one facility)."""

    facility: FacilityCode = Field(examples=["D1410010305"])
    name: str = Field(description="Nama faskes (name)", examples=["Praktik dr. Hendra Wijaya"])
    what: Mismatch = Field(description="Apa yang tidak cocok (what is wrong)", examples=["licence-ended"])
    field: str = Field(description="Kolomnya (field)", examples=["licence_until"])
    value: str | None = Field(None, description="Isinya sekarang (as it stands)", examples=["2025-06-30"])
    other: FacilityCode | None = Field(None, description="Faskes lain yang terkait (the other facility)")
    wrong: BothLanguages = Field(description="Yang salah (what is wrong)")
    right: BothLanguages = Field(description="Yang benar (what would be right)")
