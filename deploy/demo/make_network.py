"""Writes the CSV files beside `areas.csv` from the few facts below: `python -m deploy.demo.make_network`.

Facility numbers lie in ranges that no register issues (SATUSEHAT 9914…, BPJS 9914…); doctors are made up.
"""

import csv
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

from deploy.demo import make_particulars
from deploy.demo.network import FOLDER, rows

FROM = "2020-01-01"
YEARS = (2026, 2027)
DEMO_PEOPLE = 20_000


@dataclass(frozen=True)
class Town:
    """A kecamatan: residents, where its centre lies, how many private clinics and doctors work there."""

    residents: int
    latitude: float
    longitude: float
    clinics: int
    doctors: int


TOWNS = {
    "141001": Town(59_600, 1.0060, 102.7060, 3, 12),
    "141002": Town(18_100, 1.0530, 102.6130, 0, 2),
    "141003": Town(19_400, 0.8560, 103.0630, 1, 3),
    "141004": Town(17_600, 1.0090, 102.5650, 0, 2),
    "141005": Town(15_200, 1.1520, 102.3270, 1, 3),
    "141006": Town(15_600, 1.0690, 102.4700, 0, 2),
    "141007": Town(12_900, 0.8180, 102.8700, 0, 1),
    "141008": Town(16_900, 1.2320, 102.2100, 0, 2),
    "141009": Town(17_800, 0.9700, 102.8540, 0, 1),
}
PUSKESMAS = {
    "Selatpanjang": "1410011001",
    "Alah Air": "1410012006",
    "Anak Setatah": "1410022003",
    "Tanjung Samak": "1410032001",
    "Alai": "1410042001",
    "Teluk Belitung": "1410051001",
    "Kuala Merbau": "1410062001",
    "Sungai Tohor": "1410072002",
    "Bandul": "1410082006",
    "Kedabu Rapat": "1410092010",
}
KINDS = {
    "puskesmas": ("P01", "P", "public"),
    "klinik-pratama": ("K02", "B", "private"),
    "tpmd": ("D03", "U", "private"),
    "rs": ("R04", "R", "public"),
    "dinkes": ("G05", "D", "public"),
}
ALAH_AIR = ("1410012005", "1410012006", "1410012007", "1410012016")
CLINICS = ("Mutiara Selat", "Harapan Ibu", "Medika Meranti", "Samak Sehat", "Belitung Husada")
DOCTORS = (
    "Rahmat Hidayat", "Nurhaliza Putri", "Agus Salim", "Dewi Kartika", "Hendra Wijaya", "Siti Rahmah",
    "Yusuf Ramadhan", "Mei Lin", "Bambang Susilo", "Fitriani", "Zulkifli", "Ratna Sari", "Andi Kurniawan",
    "Lestari Wulandari", "Tengku Iskandar", "Eka Saputra", "Rosmawati", "Budi Hartono", "Novita Anggraini",
    "Syahrul Amri", "Kartini Hasibuan", "Ridwan Effendi", "Maya Kusuma", "Ilham Maulana", "Suryani",
    "Jefri Tan", "Wahyu Nugroho", "Halimah",
)  # fmt: skip
# residents per 1,000 who are due the service in a year: how an office estimates its official denominators
PER_THOUSAND = {
    "SPM-01": 18.2, "SPM-02": 17.3, "SPM-03": 16.5, "SPM-04": 68.0, "SPM-05": 160.0, "SPM-06": 630.0,
    "SPM-07": 105.0, "SPM-08": 210.0, "SPM-09": 15.5, "SPM-10": 1.9, "SPM-11": 9.0, "SPM-12": 24.0,
    "PIP-2": 16.0,
}  # fmt: skip

Row = Sequence[object]


def write(name: str, header: str, lines: Iterable[Row], folder: Path = FOLDER) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split(","))
        out.writerows(lines)


def villages() -> list[str]:
    return [row["code"] for row in rows("areas.csv") if len(row["code"]) == 10]


def residents(rng: random.Random) -> dict[str, int]:
    """Residents of each village: the kecamatan's, shared out unevenly (towns more than villages)."""
    result = {}
    for code, town in TOWNS.items():
        inside = [village for village in villages() if village.startswith(code)]
        shares = [rng.uniform(0.6, 1.4) * (2.2 if village[6] == "1" else 1) for village in inside]
        for village, share in zip(inside, shares, strict=True):
            result[village] = round(town.residents * share / sum(shares))
    return result


def plan() -> Iterable[tuple[str, str, str]]:
    """Kind, name and village of every facility, in the order of their numbers."""
    for name, village in PUSKESMAS.items():
        yield "puskesmas", f"Puskesmas {name}", village
    inside = {code: [village for village in villages() if village.startswith(code)] for code in TOWNS}
    clinics, doctors = iter(CLINICS), iter(DOCTORS)
    for code, town in TOWNS.items():
        for village in inside[code][: town.clinics]:
            yield "klinik-pratama", f"Klinik Pratama {next(clinics)}", village
    for code, town in TOWNS.items():
        for place in range(town.doctors):
            yield "tpmd", f"Praktik dr. {next(doctors)}", inside[code][place % len(inside[code])]
    yield "rs", "RSUD Kabupaten Kepulauan Meranti", "1410011003"
    yield "dinkes", "Dinas Kesehatan Kabupaten Kepulauan Meranti", "1410011003"


def facilities(rng: random.Random) -> list[Row]:
    """10 puskesmas, 5 clinics, 28 doctors, the hospital and the health office."""
    made: list[Row] = []
    numbers: Counter[str] = Counter()
    for serial, (kind, name, village) in enumerate(plan(), 1):
        prefix, bpjs, ownership = KINDS[kind]
        series = f"{prefix[0]}{village[:6]}{prefix[1:]}"
        numbers[series] += 1
        town = TOWNS[village[:6]]
        north, east = town.latitude + rng.uniform(-0.02, 0.02), town.longitude + rng.uniform(-0.02, 0.02)
        code = f"{series}{numbers[series]:02d}"
        if code == make_particulars.ASTRAY:
            north, east = TOWNS["141003"].latitude, TOWNS["141003"].longitude
        made.append(
            (
                code,
                name,
                kind,
                ownership,
                f"9914100{serial:02d}",
                f"9914{bpjs}{serial:03d}",
                make_particulars.registration(serial, code, kind, village),
                village,
                f"{north:.5f}",
                f"{east:.5f}",
                f"0763-99{serial:04d}",
                FROM,
                *make_particulars.more_of(serial, code, kind),
            )
        )
    return made


def catchments(made: list[Row]) -> list[Row]:
    """Every village to one puskesmas; Tebing Tinggi alone has two."""
    puskesmas = {str(row[7]): row[0] for row in made if row[2] == "puskesmas"}
    by_town = {village[:6]: code for village, code in puskesmas.items() if village != PUSKESMAS["Alah Air"]}
    alah_air = puskesmas[PUSKESMAS["Alah Air"]]
    return [(v, alah_air if v in ALAH_AIR else by_town[v[:6]], FROM, "") for v in villages()]


PUSTU, POSYANDU = 20, 60
FLOWERS = (
    "Melati", "Mawar", "Anggrek", "Kenanga", "Dahlia", "Teratai", "Flamboyan", "Cempaka", "Bougenville", "Seruni",
)  # fmt: skip
POSTS_FROM = "2024-01-01"
"""Since the year after KMK HK.01.07/MENKES/2015/2023 posts hang in a chain."""


def posts(held: list[Row]) -> tuple[list[Row], list[Row]]:
    """20 pustu (unit desa) and 60 posyandu as facilities, and the chain: a posyandu on the pustu of its village or of
    the one before it, others straight on the puskesmas."""
    of = {str(row[0]): str(row[1]) for row in held}
    seats = set(PUSKESMAS.values())
    away = [village for village in of if village not in seats]
    units = sorted(sorted(away, key=lambda v: (int(v[-3:]) * 37 % 101, v))[:PUSTU])
    names = {row["code"]: row["name"] for row in rows("areas.csv")}
    made: list[Row] = []
    links: list[Row] = []
    serials: Counter[str] = Counter()

    def post(prefix: str, kind: str, name: str, village: str, parent: str) -> str:
        series = f"{prefix[0]}{village[:6]}{prefix[1:]}"
        serials[series] += 1
        code, town = f"{series}{serials[series]:02d}", TOWNS[village[:6]]
        spread = int(village[-3:]) * 13 % 40 / 1000, serials[series] * 7 % 40 / 1000
        north, east = town.latitude - 0.02 + spread[0], town.longitude - 0.02 + spread[1]
        made.append((code, name, kind, "public", village, f"{north:.5f}", f"{east:.5f}", POSTS_FROM))
        links.append((code, parent, POSTS_FROM, "", "ya"))
        return code

    pustu = {v: post("U06", "pustu", f"Pustu {names[v]}", v, of[v]) for v in units}
    after = {b: a for a, b in pairwise(of) if a in pustu and b not in pustu and of[a] == of[b]}
    straight = [village for village in of if village not in pustu and village not in after]
    seated = {**{v: pustu[v] for v in units}, **{v: pustu[a] for v, a in after.items()}}
    seated |= {v: of[v] for v in straight[: POSYANDU - len(seated)]}
    for n, village in enumerate(sorted(seated)):
        name = f"Posyandu {FLOWERS[n % len(FLOWERS)]} {names[village]}"
        post("Y07", "posyandu", name, village, seated[village])
    return made, links


NAMES = "Rina Andi Maya Bayu Citra Dedi Elsa Fajar Gita Hadi Indah Joko Kartika Lukman Mira Nanda Oki Putri Rudi Sari"
FAMILIES = "Siregar Wijaya Hasanah Nasution Saputra Rahayu Lubis Pratama Handayani Ritonga Kurnia Amelia Syahputra"


def targets(people: dict[str, int]) -> Iterable[Row]:
    """Official denominators for the demo's 20,000 people, 1 % more each year; villages add up exactly."""
    scale = DEMO_PEOPLE / sum(people.values()) / 1000
    for service, rate in PER_THOUSAND.items():
        for year in YEARS:
            growth = 1.01 ** (year - YEARS[0])
            exact = accumulate(count * scale * rate * growth for count in people.values())
            steps = pairwise([0, *map(round, exact)])
            for village, (before, after) in zip(people, steps, strict=True):
                yield service, year, village, after - before, "Proyeksi Dinkes (data tiruan)"


def main() -> None:
    rng = random.Random(1410)  # noqa: S311 - a demo, not a secret
    people, made = residents(rng), facilities(rng)
    write("residents.csv", "village,residents", people.items())
    write(
        "facilities.csv",
        "code,name,kind,ownership,satusehat_id,bpjs_code,registration,village,latitude,longitude,phone,valid_from,"
        + make_particulars.COLUMNS,
        made,
    )
    for name, header, lines in make_particulars.files(made):
        write(name, header, lines)
    held = catchments(made)
    write("catchments.csv", "village,facility,valid_from,valid_until", held)
    below, links = posts(held)
    write("posts.csv", "code,name,kind,ownership,village,latitude,longitude,valid_from", below)
    write("links.csv", "child,parent,valid_from,valid_until,coordinates", links)
    write("targets.csv", "service,year,village,value,source", targets(people))


if __name__ == "__main__":
    main()
