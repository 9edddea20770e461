"""Whom a visit is about, and who attended."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from services.kernel.ids import JknNumber, Nik, VillageCode
from services.records.visit.parts import Count, Day, Digits3, Part, ShortWords

Sex = Literal["L", "P"]
NoNumber = Literal["unidentified", "foreigner", "newborn", "no-document", "refused"]
FamilyCard = Annotated[str, StringConstraints(pattern=r"^\d{16}$")]


class VisitAddress(Part):
    """Alamat tinggal sekarang (current address)."""

    line: ShortWords | None = Field(
        None, title="Jalan", description="Jalan, nomor, dusun (street)", examples=["Jl. Dorak No. 12"]
    )
    village: VillageCode = Field(examples=["1410011001"])
    rt: Digits3 | None = Field(None, title="RT", description="Rukun tetangga", examples=["2"])
    rw: Digits3 | None = Field(None, title="RW", description="Rukun warga", examples=["1"])


class VisitPatient(Part):
    """Pasien, dikenal dari sedikitnya satu nomor (known by at least one number): NIK, JKN, IHS, paspor, NIK ibu
    (newborns), atau nomor rekam medis Anda."""

    nik: Nik | None = Field(None, title="NIK", description="NIK, 16 angka (national id)", examples=["1410014107900001"])
    jkn: JknNumber | None = Field(
        None, title="Nomor JKN", description="Nomor kartu JKN, 13 angka (card number)", examples=["0577535571856"]
    )
    ihs: Annotated[str, StringConstraints(pattern=r"^P\d{11}$")] | None = Field(
        None, title="Nomor IHS", description="Nomor pasien SATUSEHAT (patient number)", examples=["P14100000001"]
    )
    passport: Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z0-9]{5,15}$")] | None = Field(
        None, title="Paspor", description="Nomor paspor, untuk warga asing (passport)", examples=["X1234567"]
    )
    nik_ibu: Nik | None = Field(
        None,
        title="NIK ibu",
        description="NIK ibu, untuk bayi yang belum punya NIK (mother's NIK, for a newborn without one)",
    )
    birth_order: Count | None = Field(
        None,
        ge=0,
        le=9,
        title="Urutan lahir",
        description="Wajib bersama nik_ibu: 0 lahir tunggal, 1 kembar pertama, … (0 singleton, 1 first twin)",
        examples=[0],
    )
    mrn: Annotated[str, StringConstraints(pattern=r"^[^\s|]{1,40}$")] | None = Field(
        None,
        title="Nomor rekam medis",
        description="Nomor rekam medis di faskes Anda; bersama tanggal lahir dan jenis kelamin mengenali pasien"
        " di faskes itu saja (your own record number)",
        examples=["RM-000123"],
    )
    no_number: NoNumber | None = Field(
        None,
        title="Tanpa nomor",
        description="Mengapa belum ada NIK, JKN, IHS, atau paspor: orang ini dicatat sementara, ditindaklanjuti"
        " (why there is no number yet; a provisional person)",
        examples=["no-document"],
    )
    kk: FamilyCard | None = Field(
        None,
        title="Nomor KK",
        description="Nomor kartu keluarga, 16 angka (family card)",
        examples=["1410011203150007"],
    )
    name: ShortWords = Field(title="Nama", description="Nama lengkap (full name)", examples=["Siti Aminah"])
    birth_date: Day = Field(title="Tanggal lahir", description="YYYY-MM-DD (birth date)", examples=["1990-07-01"])
    sex: Sex = Field(title="Jenis kelamin", description="L laki-laki, P perempuan (L male, P female)", examples=["P"])
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{6,18}$")] | None = Field(
        None, title="Telepon", description="Nomor telepon (phone)", examples=["081234567890"]
    )
    address: VisitAddress | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not (self.nik or self.jkn or self.ihs or self.passport or self.nik_ibu or self.mrn or self.no_number):
            raise ValueError(
                "isi sedikitnya satu dari nik, jkn, ihs, passport, nik_ibu, atau mrn; bila tidak ada, alasannya di "
                "no_number / give one of nik, jkn, ihs, passport, nik_ibu or mrn; else no_number says why"
            )
        if self.nik_ibu and not self.nik and self.birth_order is None:
            raise ValueError("birth_order wajib bersama nik_ibu / birth_order is required with nik_ibu")
        return self


class KnownPatient(Part):
    """Orang yang sudah tercatat, dengan id kami saja, juga bila tanggal lahirnya belum diketahui (a person in the
    record, by our id alone, also one who is not identified yet)."""

    patient_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,64}$")] = Field(
        title="Id pasien",
        description="patient_id dari jawaban pendaftaran (as a registration answered it)",
        examples=["14100000-0001-8000-a000-000000000000"],
    )


def _described_or_known(value: Any, _: ValidatorFunctionWrapHandler) -> "VisitPatient | KnownPatient":
    """By the id when there is one: a mistake is told of what was meant."""
    known = isinstance(value, KnownPatient) or (isinstance(value, dict) and "patient_id" in value)
    return KnownPatient.model_validate(value) if known else VisitPatient.model_validate(value)


Patient = Annotated[VisitPatient | KnownPatient, WrapValidator(_described_or_known)]


class VisitPractitioner(Part):
    """Tenaga kesehatan yang melayani (who attended)."""

    name: ShortWords | None = Field(None, title="Nama", description="Nama nakes (name)", examples=["dr. Andi Saputra"])
    ihs: Annotated[str, StringConstraints(pattern=r"^(N\d{8}|\d{8,16})$")] | None = Field(
        None, title="Nomor IHS nakes", description="Nomor nakes SATUSEHAT (practitioner)", examples=["N10000001"]
    )
