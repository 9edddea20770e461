"""A made district of facilities, and the list another system would have of it: whose row is whose is known."""

import random
from typing import Any

from services.facilities.rules.foreign import REF, Foreign, ForeignList, model

Row = dict[str, Any]


def _words(text: str) -> list[str]:
    return text.split()


PLACES = _words(
    "Alai Alahair Anak Setatah Bandul Banglas Batin Suir Belitung Bokor Bunting Centai Dedap Gemala Gogok "
    "Insit Kedabu Ketapang Lukit Lemang Mekar Mengkirau Mengkopot Meranti Nipah Orong Pelantai Permai "
    "Renak Repan Rintis Sandera Semulut Selat Sokop Sonde Tanjung Tebun Telesung Tohor Topang Tenan "
    "Wonosari Kuala Merbau Pulau Rangsang Teluk "
)
BLESSINGS = _words(
    "Sehat Husada Medika Harapan Bunda Kasih Ibu Mutiara Sentosa Waras Bakti Insani Rahayu Mulia Amanah "
    "Permata Cahaya Sari Asih Budi Utama Karya Citra Mandiri Prima Anugerah Melati Mawar Kenanga Anggrek "
    "Dahlia "
)
GIVEN = _words(
    "Agus Dewi Hendra Siti Yusuf Mei Bambang Fitri Zulkifli Ratna Andi Lestari Tengku Eka Rosmawati Budi "
    "Novita Syahrul Kartini Ridwan Maya Ilham Suryani Jefri Wahyu Halimah Rahmat Nurhaliza Soeharto Djoko "
    "Achmad Muhammad Abdul "
)
FAMILY = _words(
    "Salim Kartika Wijaya Rahmah Ramadhan Lin Susilo Hidayat Kurniawan Wulandari Iskandar Saputra Hartono "
    "Anggraini Amri Hasibuan Effendi Kusuma Maulana Tan Nugroho Siregar Nasution Lubis Harahap Sinaga "
    "Pratama Putri Syahputra "
)
KINDS = (
    ("puskesmas", 2), ("pustu", 5), ("posyandu", 14), ("klinik-pratama", 6), ("tpmd", 12), ("tpmb", 5), ("apotek", 4),
)  # fmt: skip
PUBLIC = {"puskesmas", "pustu", "posyandu"}
HEADS = {
    "puskesmas": ("Puskesmas", "UPT Puskesmas", "PKM", "UPTD. Pusk.", "PUSKESMAS"),
    "pustu": ("Pustu", "Puskesmas Pembantu", "PUSTU"), "posyandu": ("Posyandu", "POSYANDU", "Posy."),
    "klinik-pratama": ("Klinik Pratama", "KP", "Klinik", "KLINIK PRATAMA"),
    "tpmd": ("Praktik dr.", "Praktek Dokter", "dr.", "TPMD dr.", "Praktik Mandiri dr."),
    "tpmb": ("TPMB", "Bidan Praktik Mandiri", "PMB Bd.", "Praktik Bidan"), "apotek": ("Apotek", "APOTIK"),
}  # fmt: skip
DEGREES = ("", "", "", ", Sp.A", ", Sp.OG", ", S.Ked", ", M.Kes")


def district(n: int, seed: int = 1) -> dict[str, Row]:
    """So many facilities of a district, by code; many share words, kinds and villages."""
    rng, rows = random.Random(seed), {}  # noqa: S311 - a made list
    kinds = [k for k, weight in KINDS for _ in range(weight)]
    for serial in range(n):
        kind = rng.choice(kinds)
        kecamatan = f"1410{rng.randint(1, 20):02d}"
        village = f"{kecamatan}2{rng.randint(1, 12):03d}"
        middle = (0.6 + int(kecamatan[4:]) * 0.04 + int(village[7:]) * 0.009, 102.2 + int(village[7:]) * 0.02)
        code = f"{kind[0].upper()}{serial:07d}"
        rows[code] = {
            "code": code, "name": f"{HEADS[kind][0]} {_own(rng, kind)}", "kind": kind,
            "ownership": "public" if kind in PUBLIC else "private", "village": village, "area": "",
            "satusehat_id": f"99{serial:07d}", "bpjs_code": f"99{serial:06d}" if kind != "posyandu" else None,
            "registration": f"R{serial:09d}", "latitude": round(middle[0] + rng.uniform(-0.01, 0.01), 6),
            "longitude": round(middle[1] + rng.uniform(-0.01, 0.01), 6), "phone": f"0763-{serial:07d}", "active": True,
            "valid_from": None, "version": 1,
        }  # fmt: skip
    return rows


def _own(rng: random.Random, kind: str) -> str:
    if kind in ("tpmd", "tpmb"):
        return f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}"
    if kind in ("klinik-pratama", "apotek"):
        return f"{rng.choice(BLESSINGS)} {rng.choice(BLESSINGS)}"
    if kind == "posyandu":
        return f"{rng.choice(BLESSINGS)} {rng.choice(('', 'I', 'II', 'III', 'IV'))}".strip()
    return f"{rng.choice(PLACES)} {rng.choice(PLACES)}"


def theirs(rows: dict[str, Row], seed: int = 2, coded: float = 0.0) -> tuple[ForeignList, dict[int, str | None]]:
    """Their list: other heads, typing slips, coarse or missing places; a fifth of it is not ours at all. And which row
    is which of ours."""
    rng, found, truth = random.Random(seed), [], {}  # noqa: S311
    strangers = district(len(rows) // 5, seed + 7)
    both: list[tuple[Row, str | None]] = [(r, c) for c, r in rows.items()] + [(r, None) for r in strangers.values()]
    rng.shuffle(both)
    for line, (row, code) in enumerate(both, 2):
        cells = {"name": _written(rng, row), "kind": row["kind"]}
        if rng.random() < 0.6:
            cells["village"] = row["village"]
        if rng.random() < 0.6:
            spread = rng.choice((0.0002, 0.001, 0.004))
            cells["latitude"] = str(round(row["latitude"] + rng.uniform(-spread, spread), 6))
            cells["longitude"] = str(round(row["longitude"] + rng.uniform(-spread, spread), 6))
        if code and rng.random() < coded:
            cells["satusehat_id"] = row["satusehat_id"]
        found.append(_foreign(line, cells, row["village"][:6]))
        truth[line] = code
    return ForeignList(found, []), truth


def _foreign(line: int, cells: dict[str, str], area: str) -> Foreign:
    return Foreign(line, f"{REF}-{line}", cells, model().model_validate(cells), area)


def _written(rng: random.Random, row: Row) -> str:
    heads = HEADS[row["kind"]]
    own = row["name"].removeprefix(heads[0]).strip()
    said = f"{rng.choice(heads)} {_slip(rng, own)}"
    if row["kind"] == "tpmd":
        said += rng.choice(DEGREES)
    if row["kind"] == "posyandu":
        said = said.replace(" III", " 3").replace(" II", " 2") if rng.random() < 0.5 else said
    return said.upper() if rng.random() < 0.3 else said


def _slip(rng: random.Random, own: str) -> str:
    words = own.split()
    turn = rng.random()
    if turn < 0.15 and any(len(w) > 4 for w in words):
        word = rng.choice([w for w in words if len(w) > 4])
        at = rng.randrange(1, len(word))
        words[words.index(word)] = word[:at] + word[at + 1 :]
    elif turn < 0.25:
        words = [w.replace("u", "oe", 1).replace("j", "dj", 1) for w in words]
    elif turn < 0.32 and len(words) == 2 and len(words[1]) > 3:
        words = ["".join(words).capitalize()]
    return " ".join(words)
