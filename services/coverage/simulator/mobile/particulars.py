"""What a patient would have typed into Mobile JKN: a booking, and the particulars of a new patient."""

from typing import Any

from services.coverage.simulator.vclaim.reading import iso


def booking(member: dict[str, Any], poli: str, day: str, session: dict[str, Any], complaint: str) -> dict[str, Any]:
    """The body of POST /antrean, for one session (`kodedokter`, `jampraktek`) of the facility."""
    return {
        "nomorkartu": member["noKartu"], "nik": member["noKTP"], "kodepoli": poli, "tanggalperiksa": day,
        "keluhan": complaint, "kodedokter": session.get("kodedokter"), "jampraktek": session.get("jampraktek"),
        "norm": "", "nohp": "081200000000",
    }  # fmt: skip


def patient(member: dict[str, Any]) -> dict[str, Any]:
    """The body of POST /peserta: the member, at a made-up address of the home district."""
    return {
        "nomorkartu": member["noKartu"], "nik": member["noKTP"], "nomorkk": f"{member['noKTP'][:12]}0001",
        "nama": member["nama"], "jeniskelamin": member["sex"], "tanggallahir": iso(member["tglLahir"]),
        "alamat": "Jl. Simulasi No. 1", "kodeprop": "04", "namaprop": "RIAU", "kodedati2": "0231",
        "namadati2": "KAB. KEPULAUAN MERANTI", "kodekec": "0001", "namakec": "TEBING TINGGI", "kodekel": "0001",
        "namakel": "SELATPANJANG KOTA", "rw": "001", "rt": "001",
    }  # fmt: skip
