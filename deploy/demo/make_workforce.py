"""Writes the files of the workforce beside `areas.csv`: `python -m deploy.demo.make_workforce`.

The story: of ten puskesmas two had all nine kinds at the beginning of 2024 and six have them in autumn 2026; one
dentist's licence ends in February 2027, a laboratory worker's has ended, posts are planned. No register issues these
numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.demo.make_network import FAMILIES, NAMES, PUSKESMAS, Row, write
from deploy.demo.network import rows

START, END = "2024-01-01", "2028-12-31"
BASE = {
    "puskesmas": ("dokter", "dokter-gigi", "bidan", "perawat", "gizi"), "klinik-pratama": ("dokter", "perawat"),
    "tpmd": ("dokter",), "rs": ("dokter-spesialis", "dokter-spesialis", "dokter", "perawat"),
}  # fmt: skip
MORE = {"kesmas": 1, "sanitarian": 1, "farmasi": 1, "atlm": 1, "perawat": 3, "bidan": 2, "penunjang": 1}
"""What each puskesmas has beside its base; fewer nurses and midwives than the pattern asks for."""
TITLES = {
    "dokter": "dr. {}", "dokter-gigi": "drg. {}", "dokter-spesialis": "dr. {}", "bidan": "Bd. {}", "perawat": "Ns. {}",
    "kesmas": "{}, SKM", "sanitarian": "{}, STr.Kes", "farmasi": "apt. {}", "atlm": "{}, AMd.Kes", "gizi": "{}, S.Gz",
}  # fmt: skip


@dataclass(frozen=True)
class Days:
    """What is otherwise with somebody: first and last day of work, last days of STR and SIP; `sip` false: has none."""

    start: str = START
    end: str = ""
    str_end: str = ""
    sip_end: str = END
    sip: bool = True
    there: bool = True


USUAL = Days()
OTHERWISE = {
    ("Anak Setatah", "farmasi"): Days(start="2024-07-01"),
    ("Teluk Belitung", "gizi"): Days(start="2025-02-03"),
    ("Bandul", "atlm"): Days(start="2025-06-02"),
    ("Kuala Merbau", "sanitarian"): Days(start="2026-01-05"),
    ("Kuala Merbau", "dokter-gigi"): Days(sip_end="2027-02-28"),
    ("Kuala Merbau", "kesmas"): Days(str_end="2027-01-20"),
    ("Alai", "dokter-gigi"): Days(start="2024-04-01", end="2026-03-31"),
    ("Tanjung Samak", "atlm"): Days(start="2024-10-01", sip_end="2026-10-15"),
    ("Sungai Tohor", "sanitarian"): Days(there=False),
    ("Kedabu Rapat", "dokter-gigi"): Days(there=False),
    ("Alah Air", "bidan"): Days(sip_end="2026-12-31"),
    ("Bandul", "perawat"): Days(sip=False),
    ("Selatpanjang", "perawat"): Days(sip_end="2027-01-15"),
}
"""By puskesmas and profession; of several the first."""
ELSEWHERE = (("10009880001", "K1410010201", "2025-01-02"), ("10009880001", "K1410010202", "2025-03-03"))
"""A doctor of a puskesmas who also works at two clinics: three SIP, the most there may be."""
PLANS = (
    ("Selatpanjang", "perawat", 1, "kontrak", "Kontrak BLUD 2026", "2026-10-01"),
    ("Alai", "dokter-gigi", 1, "pppk", "Formasi PPPK 2027", "2027-03-01"),
    ("Kedabu Rapat", "dokter-gigi", 1, "kontrak", "Nusantara Sehat 2027", "2027-05-03"),
    ("Sungai Tohor", "sanitarian", 1, "pns", "Formasi CPNS 2026", "2027-01-04"),
    ("Tanjung Samak", "perawat", 2, "pppk", "Formasi PPPK 2027", "2027-03-01"),
)
TASKS = {
    "dokter": (("Pemeriksaan rawat jalan", "12.5", 9_800), ("Kunjungan rumah dan pustu", "60", 340)),
    "perawat": (("Asuhan rawat jalan", "15", 11_200), ("Kunjungan rumah", "75", 1_450), ("Skrining", "10", 6_300)),
    "bidan": (("Pemeriksaan kehamilan", "30", 2_900), ("Posyandu", "180", 260), ("Persalinan", "480", 190)),
}
UNITS = ("Selatpanjang", "Alah Air", "Teluk Belitung", "Bandul")
"""Puskesmas that work by clusters."""
LEADS = {"1": "penunjang", "2": "bidan", "3": "dokter", "4": "sanitarian", "lintas": "perawat"}
DUTIES = (
    ("tata-usaha", "penunjang", 0, "pagi", "senin-jumat", "07:30", "14:30"),
    ("ibu", "bidan", 0, "pagi", "senin-kamis", "07:30", "12:00"),
    ("ibu", "dokter", 0, "pagi", "rabu", "07:30", "10:00"),
    ("balita", "bidan", 1, "pagi", "senin-jumat", "07:30", "12:00"),
    ("remaja", "gizi", 0, "siang", "selasa", "12:00", "14:30"),
    ("dewasa", "dokter", 0, "pagi", "senin selasa", "07:30", "12:00"),
    ("dewasa", "perawat", 1, "pagi", "senin-sabtu", "07:30", "14:00"),
    ("lansia", "dokter", 0, "pagi", "kamis", "07:30", "12:00"),
    ("lansia", "perawat", 0, "pagi", "kamis", "07:30", "12:00"),
    ("penyakit-menular", "perawat", 2, "pagi", "senin-jumat", "07:30", "14:00"),
    ("kesehatan-lingkungan", "sanitarian", 0, "pagi", "senin-jumat", "07:30", "14:00"),
    ("gigi-mulut", "dokter-gigi", 0, "pagi", "senin-jumat", "08:00", "12:00"),
    ("kefarmasian", "farmasi", 0, "pagi", "senin-sabtu", "07:30", "14:00"),
    ("laboratorium", "atlm", 0, "pagi", "senin-jumat", "07:30", "13:00"),
    ("gawat-darurat", "perawat", 3, "malam", "senin-minggu", "20:00", "07:00"),
)
"""Service, profession, the how many-th of that profession, shift, days, hours."""
WORKLOADS = ("Selatpanjang", "Alah Air", "Teluk Belitung")


class Register:
    """Numbers and names in the order they are given out."""

    def __init__(self) -> None:
        self._serial = 0
        self._given, self._family = NAMES.split(), FAMILIES.split()

    def row(self, facility: str, profession: str, days: Days, employment: str) -> Row | None:
        """Somebody new; None who is not there, the number being passed over."""
        self._serial += 1
        n = self._serial
        name = f"{self._given[n % len(self._given)]} {self._family[n * 7 % len(self._family)]}"
        called = TITLES.get(profession, "{}").format("Dewi Lestari" if n == 1 else name)
        licensed, sip = profession != "penunjang", days.sip and profession != "penunjang"
        found = (
            f"1000988{n:04d}", facility, called, f"149999010180{n:04d}", profession, employment,
            f"STR-{n:05d}" if licensed else "", days.str_end if licensed else "", f"SIP-{n:05d}" if sip else "",
            days.start if sip else "", days.sip_end if sip else "", days.start, days.end,
        )  # fmt: skip
        return found if days.there else None


def practitioners() -> Iterator[Row]:
    """Everybody who works in care, place by place."""
    facilities = rows("facilities.csv")
    villages = {village: name for name, village in PUSKESMAS.items()}
    register, met = Register(), set[tuple[str, str]]()
    for more in (False, True):
        for facility in facilities:
            kind, name = facility["kind"], villages.get(facility["village"], "")
            public = facility["ownership"] == "public"
            extra = [p for p, count in MORE.items() for _ in range(count)] if kind == "puskesmas" else []
            for n, profession in enumerate(extra if more else BASE.get(kind, ())):
                days = USUAL
                if kind == "puskesmas" and (name, profession) not in met:
                    met.add((name, profession))
                    days = OTHERWISE.get((name, profession), USUAL)
                employment = ("pns", "pppk", "kontrak")[n % 3] if public else "mandiri"
                row = register.row(facility["code"], profession, days, employment)
                if row is not None:
                    yield row
    for number, place, start in ELSEWHERE:
        yield (
            number, place, "dr. Dewi Lestari", "1499990101800001", "dokter", "mandiri", "STR-00001", "",
            f"SIP-00001-{place[-2:]}", start, END, start, "",
        )  # fmt: skip


Staff = dict[tuple[str, str], list[str]]


def staff() -> Staff:
    """Numbers of those who work somewhere as something, in the order they were given out."""
    found: Staff = {}
    for row in practitioners():
        found.setdefault((str(row[1]), str(row[4])), []).append(str(row[0]))
    return found


def units(codes: dict[str, str], people: Staff) -> tuple[list[Row], list[Row], list[Row]]:
    """Leads, rosters, and who cares for the posyandu that hang on these puskesmas or their pustu."""
    leads: list[Row] = []
    rosters: list[Row] = []
    crews: list[Row] = []
    above = {row["child"]: row["parent"] for row in rows("links.csv")}
    for name in UNITS:
        code = codes[name]
        since = "2024-09-02" if name in UNITS[:2] else "2025-07-01"
        for cluster, profession in LEADS.items():
            leads.append(
                (code, cluster, people[code, profession][0], f"SK/{since[:4]}/{code[-4:]}-{cluster}", since, "")
            )
        for service, profession, nth, shift, weekdays, starts, ends in DUTIES:
            rosters.append((code, service, people[code, profession][nth], shift, weekdays, starts, ends, since, ""))
        midwives = people[code, "bidan"]
        for child, parent in above.items():
            if child.startswith("Y") and code in (parent, above.get(parent)):
                crews.append((child, parent, midwives[len(crews) % len(midwives)], 4 + len(crews) % 3, since, ""))
        for child, parent in above.items():
            if child.startswith("U") and parent == code:
                leads.append((child, "2", midwives[-1], "", since, ""))
                rosters.append((child, "ibu", midwives[-1], "siang", "senin-rabu", "12:30", "15:00", since, ""))
                rosters.append(
                    (child, "lansia", people[code, "perawat"][0], "pagi", "rabu", "07:30", "12:00", since, "")
                )
    return leads, rosters, crews


def main() -> None:
    codes = {
        name: row["code"] for name, village in PUSKESMAS.items() for row in rows("facilities.csv")
        if row["kind"] == "puskesmas" and row["village"] == village
    }  # fmt: skip
    write(
        "practitioners.csv",
        "id,facility,name,nik,profession,employment,str_number,str_valid_until,sip_number,sip_valid_from,"
        "sip_valid_until,valid_from,valid_until",
        practitioners(),
    )
    settings = {"Selatpanjang": "perkotaan", "Alah Air": "perkotaan", "Kedabu Rapat": "terpencil"}
    write(
        "puskesmas-settings.csv", "facility,setting,valid_from,valid_until",
        ((code, settings.get(name, "perdesaan"), "2020-01-01", "") for name, code in codes.items()),
    )  # fmt: skip
    write(
        "staffing-plans.csv", "facility,profession,posts,employment,source,valid_from,valid_until",
        ((codes[name], *rest, "") for name, *rest in PLANS),
    )  # fmt: skip
    write(
        "workloads.csv", "facility,profession,task,minutes,volume,valid_from,valid_until",
        ((codes[name], profession, task, minutes, volume, "2026-01-01", "")
         for name in WORKLOADS for profession, tasks in TASKS.items() for task, minutes, volume in tasks),
    )  # fmt: skip
    leads, rosters, crews = units(codes, staff())
    write("cluster-leads.csv", "facility,cluster,practitioner,decree,valid_from,valid_until", leads)
    write(
        "rosters.csv", "facility,service,practitioner,shift,weekdays,starts,ends,valid_from,valid_until", rosters
    )  # fmt: skip
    write("posyandu-crews.csv", "posyandu,facility,coordinator,kader,valid_from,valid_until", crews)


if __name__ == "__main__":
    main()
