"""ILP units of a puskesmas or pustu: clusters, their services, who serves in which shift."""

from datetime import date, time
from enum import StrEnum

from pydantic import BaseModel, Field

from services.facilities.contract.practitioners import Profession
from services.kernel.ids import FacilityCode, PractitionerId


class Cluster(StrEnum):
    """ILP clusters (KMK HK.01.07/MENKES/2015/2023)."""

    MANAGEMENT = "1"
    MOTHERS_AND_CHILDREN = "2"
    ADULTS_AND_OLD = "3"
    INFECTIONS = "4"
    ACROSS = "lintas"


CLUSTER_NAMES = {
    Cluster.MANAGEMENT: "Klaster 1 Manajemen", Cluster.MOTHERS_AND_CHILDREN: "Klaster 2 Ibu dan anak",
    Cluster.ADULTS_AND_OLD: "Klaster 3 Dewasa dan lansia",
    Cluster.INFECTIONS: "Klaster 4 Penanggulangan penyakit menular", Cluster.ACROSS: "Lintas klaster",
}  # fmt: skip


class Shift(StrEnum):
    """Shifts; `jaga`: on call."""

    MORNING = "pagi"
    AFTERNOON = "siang"
    NIGHT = "malam"
    ON_CALL = "jaga"


class Weekday(StrEnum):
    """Days of the week, Monday first."""

    SENIN = "senin"
    SELASA = "selasa"
    RABU = "rabu"
    KAMIS = "kamis"
    JUMAT = "jumat"
    SABTU = "sabtu"
    MINGGU = "minggu"


class Somebody(BaseModel):
    """Tenaga kesehatan dalam suatu tugas (a health worker in a duty)."""

    practitioner: PractitionerId = Field(examples=["10009880001"])
    name: str = Field(examples=["dr. Dewi Lestari"])
    profession: Profession | None = Field(None, examples=["dokter"])
    licensed: bool | None = Field(
        None, description="STR dan SIP berlaku; hanya untuk faskes ini dan Dinkes (licences valid; for its own only)"
    )
    valid_from: date = Field(examples=["2026-01-01"])
    valid_until: date | None = None


class Lead(Somebody):
    """Penanggung jawab klaster (responsible for a cluster)."""

    decree: str | None = Field(None, description="Nomor SK (decree)", examples=["SK/2026/001"])


class Officer(Somebody):
    """Petugas sebuah layanan (an officer of a service)."""

    shift: Shift
    weekdays: list[Weekday]
    starts: time = Field(examples=["07:30:00"])
    ends: time = Field(description="Lebih awal dari mulai = hari berikutnya (before the start: next day)")
    on_duty: bool = Field(description="Bertugas pada hari itu (serves on that day)")


class ServiceUnit(BaseModel):
    """Layanan sebuah klaster dan petugasnya (a service and its officers)."""

    service: str = Field(examples=["ibu"])
    name: str = Field(examples=["Ibu hamil, bersalin, dan nifas"])
    officers: list[Officer]


class ClusterUnit(BaseModel):
    """Satu klaster: penanggung jawab dan layanannya (a cluster: its lead and its services)."""

    cluster: Cluster
    name: str
    lead: Lead | None
    services: list[ServiceUnit]


class PosyanduUnit(BaseModel):
    """Posyandu yang dikoordinasi dari sini (a posyandu coordinated from here)."""

    posyandu: FacilityCode
    name: str
    coordinator: Somebody
    kader: int = Field(description="Jumlah kader (number of kader)", examples=[5])


class UnitWarning(StrEnum):
    """What is odd about a unit."""

    OVERLAP = "overlap"
    LEAD_UNLICENSED = "lead-unlicensed"
    OFFICER_UNLICENSED = "officer-unlicensed"
    NO_LEAD = "no-lead"


class Warned(BaseModel):
    """Hal yang perlu diperhatikan (something to look at)."""

    kind: UnitWarning
    cluster: Cluster | None = None
    service: str | None = None
    practitioner: str | None = None
    text: str = Field(examples=["Dua jadwal bertumpuk: ibu (pagi) dan lansia (pagi), senin"])


class Units(BaseModel):
    """Unit ILP sebuah puskesmas atau pustu pada suatu hari (ILP units on a day)."""

    facility: FacilityCode
    name: str
    on: date
    clusters: list[ClusterUnit]
    posyandu: list[PosyanduUnit]
    warnings: list[Warned] | None = Field(
        None, description="Hanya untuk faskes ini dan Dinkes (for the facility itself and the health office only)"
    )
