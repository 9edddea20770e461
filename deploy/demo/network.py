"""The demo network as it lies in `network/*.csv`: areas, facilities, catchments, residents, targets."""

import csv
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

FOLDER = Path(__file__).parent / "network"
LOADS = (
    "areas",
    "facilities",
    "catchments",
    "services",
    "competences",
    "opening-hours",
    "special-days",
    "equipment",
    "beds",
    "jkn-contracts",
    "practitioners",
    "puskesmas-settings",
    "staffing-plans",
    "workloads",
    "readiness-claims",
    "survey-forms",
    "survey-answers",
    "learning-visits",
    "learning-actions",
    "posts",
    "links",
    "cluster-leads",
    "rosters",
    "posyandu-crews",
)
"""Files that go to `/v1/network/<name>` as they are, in this order."""
DOORS = {"posts": "facilities"}
"""Files whose door has another name: pustu and posyandu are facilities."""
PUSKESMAS, KLINIK, TPMD, HOSPITAL, OFFICE = "puskesmas", "klinik-pratama", "tpmd", "rs", "dinkes"


@dataclass(frozen=True, slots=True)
class Facility:
    """One provider; `organization` is how FHIR resources name it."""

    code: str
    name: str
    kind: str
    ownership: str
    satusehat_id: str
    bpjs_code: str
    village: str

    @property
    def organization(self) -> str:
        return f"Organization/{self.satusehat_id}"


@dataclass(frozen=True)
class Network:
    """Everything the generator and the story must know of the district."""

    facilities: dict[str, Facility]
    villages: tuple[str, ...]
    names: dict[str, str]
    residents: tuple[int, ...]
    catchment: dict[str, str]

    @cached_property
    def weights(self) -> list[int]:
        """Cumulative residents, to draw a village as likely as people live there."""
        return list(accumulate(self.residents))

    def of_kind(self, kind: str) -> list[Facility]:
        return [facility for facility in self.facilities.values() if facility.kind == kind]

    def puskesmas_of(self, village: str) -> Facility:
        return self.facilities[self.catchment[village]]

    def private_near(self, village: str) -> list[Facility]:
        """Clinics and doctors of the same kecamatan; where there are none, those of the main town."""
        private = [*self.of_kind(KLINIK), *self.of_kind(TPMD)]
        near = [facility for facility in private if facility.village[:6] == village[:6]]
        return near or [facility for facility in private if facility.village[:6] == self.villages[0][:6]]

    @property
    def hospital(self) -> Facility:
        return self.of_kind(HOSPITAL)[0]


def rows(name: str, folder: Path = FOLDER) -> list[dict[str, str]]:
    """The rows of one CSV file of the network."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(folder: Path = FOLDER) -> Network:
    facilities = {
        row["code"]: Facility(**{field: row[field] for field in Facility.__slots__})
        for row in rows("facilities.csv", folder)
    }
    areas = rows("areas.csv", folder)
    residents = {row["village"]: int(row["residents"]) for row in rows("residents.csv", folder)}
    villages = tuple(row["code"] for row in areas if len(row["code"]) == 10)
    return Network(
        facilities=facilities,
        villages=villages,
        names={row["code"]: row["name"] for row in areas},
        residents=tuple(residents[village] for village in villages),
        catchment={row["village"]: row["facility"] for row in rows("catchments.csv", folder)},
    )
