"""What was diagnosed, injected, handed out and explained."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.records.visit.parts import Day, Number, Part, ShortWords, YesNo

Vaccine = Literal[
    "HB0", "BCG", "OPV1", "OPV2", "OPV3", "OPV4", "DPT-HB-HIB1", "DPT-HB-HIB2", "DPT-HB-HIB3", "DPT-HB-HIB4",
    "IPV1", "IPV2", "MR1", "MR2", "PCV1", "PCV2", "PCV3", "RV1", "RV2", "RV3", "JE1", "HPV1", "HPV2",
    "TD1", "TD2", "TD3", "TD4", "TD5",
]  # fmt: skip
Topic = Literal["gizi", "penyakit", "diet-garam", "merokok", "konseling"]


class Diagnosis(Part):
    """Satu diagnosis: kode ICD-10, atau nama penyakitnya saja (one diagnosis, by code or by words)."""

    icd10: Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]\d{2}(\.\d{1,2})?$")] | None = Field(
        None, title="ICD-10", description="Kode ICD-10 (code)", examples=["I10"]
    )
    name: ShortWords | None = Field(
        None,
        title="Nama diagnosis",
        description="Tanpa kode, nama dicari kodenya; yang tidak dikenal disimpan sebagai teks (words; looked up)",
        examples=["hipertensi"],
    )
    primary: YesNo = Field(False, title="Diagnosis utama", description="Diagnosis utama kunjungan (primary)")
    chronic: YesNo = Field(
        False,
        title="Penyakit menahun",
        description="Masuk daftar masalah pasien, misalnya hipertensi (kept on the problem list)",
    )
    onset: Day | None = Field(
        None, title="Sejak", description="Tanggal mulai sakit, YYYY-MM-DD (onset)", examples=["2024-02-10"]
    )

    @model_validator(mode="after")
    def _said(self) -> Self:
        if not (self.icd10 or self.name):
            raise ValueError("isi icd10 atau name / give icd10 or name")
        return self


class Dose(Part):
    """Satu dosis imunisasi (one dose)."""

    vaccine: Vaccine = Field(
        title="Vaksin",
        description="Vaksin dan nomor dosis, misalnya OPV2 (vaccine with dose number)",
        examples=["OPV2"],
    )
    given_on: Day | None = Field(
        None,
        alias="date",
        title="Tanggal",
        description="Bila tidak diberikan pada kunjungan ini: tanggalnya (when not given at this visit)",
    )
    reported: YesNo = Field(
        False,
        title="Laporan",
        description="Dari buku KIA atau kader, bukan diberikan di sini (reported, not given here)",
    )
    lot: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, title="Nomor batch", description="Nomor batch vaksin (lot number)", examples=["202009007"]
    )


class Medicine(Part):
    """Satu obat yang diserahkan (one dispensed medicine): kode KFA, atau namanya."""

    kfa: Annotated[str, StringConstraints(pattern=r"^9[1-3]\d{6}$")] | None = Field(
        None, title="Kode KFA", description="Kode obat KFA, 8 angka (medicine code)", examples=["92000653"]
    )
    name: ShortWords | None = Field(
        None,
        title="Nama obat",
        description="Tanpa kode, nama dicari kodenya; yang tidak dikenal disimpan sebagai teks (words; looked up)",
        examples=["Tablet tambah darah"],
    )
    quantity: Number = Field(gt=0, le=10000, title="Jumlah", description="Jumlah satuan (quantity)", examples=[30])
    unit: Annotated[str, StringConstraints(max_length=20)] = Field(
        "tablet", title="Satuan", description="tablet, kapsul, botol … (unit)"
    )

    @model_validator(mode="after")
    def _said(self) -> Self:
        if not (self.kfa or self.name):
            raise ValueError("isi kfa atau name / give kfa or name")
        return self
