"""The agreements of the demo district, relative to its today: a contract for each clinic and most doctors, a decree
with an annex for those of the outer islands; some end soon, one was ended, one renewed, two doctors have none."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta

from deploy.demo.network import KLINIK, TPMD, Facility, Network

OFFICE, LEADING = "G1410010501", "P1410010101"
TOWN = "141001"
SHOWN = "pks-d1410010301"
"""The one whose network has taken its steps."""
WITHOUT = ("D1410080301", "D1410080302")
ENDED, RENEWED, ALONE = "D1410070301", "D1410010306", "D1410090301"
ENDING = {"D1410010302": 85, "D1410010303": 55, "D1410010304": 25, "D1410010305": 6}
"""Days until the contract ends."""
LASTS = 330
COLUMNS = (
    "id", "kind", "number", "title", "parties", "signed_on", "valid_from", "valid_until", "programmes", "member_sends",
    "member_sees", "purpose", "safeguards", "evaluation_months", "terminated_on", "termination_reason", "renews",
)  # fmt: skip
_TITLES = {KLINIK: "Direktur klinik", TPMD: "Dokter penanggung jawab"}
_CLAUSE = {
    "member_sends": "record", "member_sees": "record", "purpose": "Kesinambungan pelayanan orang yang sama",
    "safeguards": "Akun per orang, jejak akses, kewajiban rahasia", "evaluation_months": "12",
}  # fmt: skip


def content(network: Network, today: date) -> bytes:
    """The file for `/v1/network/agreements`."""
    out = io.StringIO()
    file = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    file.writeheader()
    for number, row in enumerate(rows(network, today), 1):
        file.writerow(_CLAUSE | {"number": f"440/{row['kind'].upper()}/{number:03d}"} | row)
    return out.getvalue().encode()


def rows(network: Network, today: date) -> Iterator[dict[str, str]]:
    """Agreement by agreement; who renews another stands after it."""
    decreed: list[Facility] = []
    for member in (*network.of_kind(KLINIK), *network.of_kind(TPMD)):
        if member.code in WITHOUT or member.code == ALONE:
            continue
        if member.kind == TPMD and member.village[:6] != TOWN and member.code != ENDED:
            decreed.append(member)
            continue
        end = today + timedelta(days=ENDING.get(member.code, LASTS))
        row = _contract(member, end - timedelta(days=729), end)
        if member.code == RENEWED:
            before = today - timedelta(days=40)
            yield _contract(member, before - timedelta(days=729), before) | {"id": row["id"] + "-lama"}
            row |= {"renews": row["id"] + "-lama", "valid_from": str(before + timedelta(days=1))}
        if member.code == ENDED:
            row |= {"terminated_on": str(today - timedelta(days=20)), "termination_reason": "Praktik pindah kabupaten"}
        yield row
    yield _decree("sk-jejaring-kepulauan", decreed, today)
    yield _decree(f"sk-{ALONE.lower()}", [network.facilities[ALONE]], today)


def _contract(member: Facility, begin: date, end: date) -> dict[str, str]:
    clinic = member.kind == KLINIK
    leading = f"{OFFICE}:authority:Kepala Dinas Kesehatan" if clinic else f"{LEADING}:authority:Kepala Puskesmas"
    return {
        "id": f"pks-{member.code.lower()}", "kind": "pks", "title": "Jejaring pelayanan kesehatan primer",
        "parties": f"{leading}; {member.code}:member:{_TITLES[member.kind]}",
        "signed_on": str(begin), "valid_from": str(begin), "valid_until": str(end),
        "programmes": "KIA; IMUNISASI; PTM; RUJUKAN; PELAPORAN" if clinic else "KIA; PTM; TB; PELAPORAN",
    }  # fmt: skip


def _decree(id_: str, members: list[Facility], today: date) -> dict[str, str]:
    begin = str(today - timedelta(days=200))
    annex = "; ".join(f"{m.code}:member:{_TITLES[m.kind]}" for m in members)
    return {
        "id": id_, "kind": "sk", "title": "Penetapan anggota jejaring pelayanan primer",
        "parties": f"{OFFICE}:authority:Kepala Dinas Kesehatan; {annex}",
        "signed_on": begin, "valid_from": begin, "programmes": "ILP; PTM; PELAPORAN",
    }  # fmt: skip
