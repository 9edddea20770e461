"""What the columns of a monthly list are headed. Pure.

The layout is published nowhere and differs by sender: headings are guessed, shown, confirmed, then kept by sender.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ListKind(StrEnum):
    """Isi daftar: satu baris satu peserta, atau jumlah dan kapitasi per faskes (members, or counts and rupiah)."""

    MEMBERS = "members"
    CAPITATION = "capitation"


@dataclass(frozen=True, slots=True)
class Column:
    """What one field may be headed: whole headings, and parts that tell it where no whole one is known."""

    field: str
    title: str
    whole: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...] = ()


_FACILITY = Column(
    "facility",
    "Kode FKTP (kdProvider)",
    ("kodefaskes", "kdfaskes", "kodefktp", "kdprovider", "kdproviderpst", "kodeprovider", "kodefaskestk1", "kodeppk",
     "kdppk", "faskestk1", "fktp", "ppk1", "kodefaskesterdaftar", "facility"),
    (("kode", "faskes"), ("kode", "fktp"), ("kode", "ppk"), ("kd", "provider")),
)  # fmt: skip
_SEGMENT = Column(
    "segment",
    "Jenis peserta (segmen)",
    (
        "jenispeserta",
        "jnspeserta",
        "segmen",
        "segmenpeserta",
        "kodejenispeserta",
        "kdjnspeserta",
        "segment",
        "jenkapst",
    ),
    (("jenis", "peserta"), ("segmen",)),
)
MEMBER_COLUMNS = (
    Column("card", "Nomor kartu JKN", ("nokartu", "noka", "nomorkartu", "nokartujkn", "nokapst", "nopeserta",
                                       "nokartubpjs", "nomorpeserta", "nomorkartujkn", "card"),
           (("no", "kartu"), ("nomor", "kartu"))),
    Column("nik", "NIK", ("nik", "noktp", "nomorktp", "nonik", "nikpeserta", "nomorindukkependudukan"), (("ktp",),)),
    Column("dental", "Kode FKTP gigi", ("kodefaskesgigi", "kdprovidergigi", "kodefktpgigi", "doktergigi", "faskesgigi",
                                        "kodedoktergigi", "dental"), (("gigi",),)),
    _FACILITY,
    _SEGMENT,
    Column("class", "Kelas", ("kelas", "kelasrawat", "hakkelas", "jnskelas", "kls", "klsrawat", "kelashak", "class"),
           (("kelas",),)),
    Column("status", "Status kepesertaan", ("status", "statuspeserta", "aktif", "ketaktif", "statuskepesertaan",
                                            "keteranganaktif", "statusaktif"), (("status",),)),
    Column("prolanis", "Prolanis", ("prolanis", "pstprol", "clubprolanis", "programprolanis"), (("prolanis",),)),
    Column("prb", "PRB", ("prb", "pstprb", "rujukbalik", "programrujukbalik"), (("prb",),)),
    Column("arrears", "Tunggakan", ("tunggakan", "tunggakaniuran", "jumlahtunggakan"), (("tunggak",),)),
    Column("village", "Kode desa", ("kodedesa", "kddesa", "kodekelurahan", "kodedesakelurahan", "village"),
           (("kode", "desa"), ("kode", "kel"))),
    Column("since", "Mulai aktif (TMT)", ("tmt", "tglmulaiaktif", "tanggalmulaiaktif", "tgltmt", "since"),
           (("mulai", "aktif"),)),
    Column("until", "Akhir berlaku (TAT)", ("tat", "tglakhirberlaku", "tanggalakhirberlaku", "tgltat", "until"),
           (("akhir", "berlaku"),)),
)  # fmt: skip
CAPITATION_COLUMNS = (
    _FACILITY,
    _SEGMENT,
    Column("amount", "Jumlah kapitasi (rupiah)", ("jumlahkapitasi", "totalkapitasi", "nominalkapitasi", "nilaikapitasi",
                                                  "kapitasi", "jmlkapitasi", "biayakapitasi", "nominal", "amount"),
           (("total", "kapitasi"), ("nilai", "kapitasi"), ("jumlah", "rupiah"))),
    Column("active", "Peserta aktif", ("pesertaaktif", "jumlahpesertaaktif", "jmlaktif", "jmlpesertaaktif", "active"),
           (("peserta", "aktif"),)),
    Column("members", "Jumlah peserta", ("jumlahpeserta", "jmlpeserta", "peserta", "jumlahpesertaterdaftar", "jmlpst",
                                         "jiwa", "jumlahjiwa", "members"), (("jumlah", "peserta"), ("jml", "peserta"))),
    Column("norm", "Norma kapitasi per jiwa", ("norma", "normakapitasi", "tarif", "tarifkapitasi", "kapitasiperjiwa",
                                               "rate", "norm"), (("norma",), ("tarif",))),
    Column("dm", "Peserta Prolanis DM", ("prolanisdm", "pesertadm", "jumlahdm", "dm"), (("dm",),)),
    Column("ht", "Peserta Prolanis HT", ("prolanisht", "pesertaht", "jumlahht", "ht"), (("ht",),)),
)  # fmt: skip
COLUMNS: Mapping[ListKind, tuple[Column, ...]] = {
    ListKind.MEMBERS: MEMBER_COLUMNS,
    ListKind.CAPITATION: CAPITATION_COLUMNS,
}


def plain(heading: str) -> str:
    """A heading for comparing: letters and digits only."""
    return re.sub(r"[^a-z0-9]+", "", heading.lower())


def guessed(kind: ListKind, headings: Sequence[str]) -> dict[str, str]:
    """Field to heading as far as it can be told, whatever the order. Names are no fields."""
    found: dict[str, str] = {}
    open_ = {h: plain(h) for h in headings if plain(h) and "nama" not in plain(h)}
    for column in COLUMNS[kind]:
        whole = [h for name in column.whole for h, p in open_.items() if p == name]
        if whole:
            found[column.field] = whole[0]
            open_.pop(whole[0])
    for column in COLUMNS[kind]:
        if column.field not in found:
            part = [h for h, p in open_.items() if any(all(w in p for w in words) for words in column.parts)]
            if len(part) == 1:
                found[column.field] = part[0]
                open_.pop(part[0])
    return found


def lacking(kind: ListKind, mapping: Mapping[str, str], facility: str | None) -> list[str]:
    """What a mapping must name still: who it is (card or NIK), and where, when the list is not of one facility."""
    wanted = [] if facility or "facility" in mapping else ["facility"]
    if kind is ListKind.MEMBERS:
        return wanted + ([] if "card" in mapping or "nik" in mapping else ["card"])
    return wanted + [f for f in ("members",) if f not in mapping]


def strange(kind: ListKind, mapping: Mapping[str, str]) -> list[str]:
    """Fields of a mapping that no list has."""
    known = {c.field for c in COLUMNS[kind]}
    return [f for f in mapping if f not in known]


def placed(mapping: Mapping[str, str], headings: Sequence[str]) -> dict[str, int] | None:
    """Field to its column in a file with these headings; None when one of the mapping's is not there."""
    at = {plain(h): n for n, h in reversed(list(enumerate(headings)))}
    found = {f: at.get(plain(h)) for f, h in mapping.items()}
    return None if None in found.values() else {f: n for f, n in found.items() if n is not None}
