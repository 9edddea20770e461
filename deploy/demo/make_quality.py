"""Writes the readiness, learning and survey files beside `areas.csv`: `python -m deploy.demo.make_quality`.

The story: three puskesmas implemented ILP in 2025 (target 3), seven by autumn 2026 (target 6).
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from deploy.demo.make_network import Row, write
from deploy.demo.network import rows

REQUIRED = {
    "sk-klaster": "SK Kepala Puskesmas tentang struktur klaster",
    "alur-klaster": "Denah dan alur layanan per klaster di ruang tunggu",
    "pustu-paket": "Jadwal dan laporan layanan pustu",
    "posyandu-siklus-hidup": "Laporan hari buka posyandu untuk semua siklus hidup",
    "kunjungan-rumah": "Rekap kunjungan rumah bulan lalu",
    "pws-lokmin": "Notulen lokmin dengan dasbor PWS dan tindak lanjut",
}
IMPLEMENT = {
    "P1410010101": date(2025, 3, 14), "P1410010102": date(2025, 8, 20), "P1410050101": date(2025, 11, 12),
    "P1410030101": date(2026, 2, 18), "P1410040101": date(2026, 4, 22), "P1410060101": date(2026, 6, 24),
    "P1410080101": date(2026, 9, 16),
}  # fmt: skip
"""The day the last required criterion was verified."""
NETWORKED = ("P1410010101", "P1410050101", "P1410080101")


def claims() -> Iterator[Row]:
    """Claims and verdicts of two years."""
    for code, day in IMPLEMENT.items():
        for n, (criterion, note) in enumerate(REQUIRED.items()):
            verified = day - timedelta(17 * (len(REQUIRED) - 1 - n))
            yield code, criterion, 1, verified - timedelta(9), note, "", verified, "", ""
        if code in NETWORKED:
            claimed = day - timedelta(30)
            yield code, "jejaring", 1, claimed, "MoU dengan klinik dan praktik mandiri", "", day, "", ""
    late = "P1410020101"  # four of six: evidence that ran out, a claim that waits, one that came back
    for criterion in ("sk-klaster", "alur-klaster", "posyandu-siklus-hidup", "kunjungan-rumah"):
        yield late, criterion, 1, "2026-05-04", REQUIRED[criterion], "", "2026-05-18", "", ""
    yield late, "pws-lokmin", 1, "2025-02-10", REQUIRED["pws-lokmin"], "2025-12-31", "2025-02-20", "", ""
    back = "Laporan belum memuat layanan pustu"
    yield late, "pustu-paket", 1, "2026-08-03", REQUIRED["pustu-paket"], "", "", "2026-08-12", back
    yield late, "pustu-paket", 2, "2026-10-19", "Laporan pustu Oktober", "", "", "", ""
    for criterion in ("sk-klaster", "alur-klaster"):
        yield "P1410070101", criterion, 1, "2026-07-06", REQUIRED[criterion], "", "2026-07-20", "", ""


PERIODS = {"2025-S2": date(2025, 7, 1), "2026-S1": date(2026, 1, 1)}
LEVEL = (3.45, 3.1, 2.8, 3.05, 3.2, 2.9, 3.3, 2.6, 3.15, 3.0)
"""How content people are with each puskesmas, in the order of their codes."""
ELEMENT = (0.1, -0.05, -0.35, 0.5, 0.05, 0.2, 0.15, -0.3, -0.1)
"""What they like more and less everywhere: quick neither the queue nor the building."""
SAID = {
    "suggestion": ("Tambah kursi di ruang tunggu", "Jam buka pustu ditambah", "Antrean lansia dipisah"),
    "complaint": ("Menunggu obat terlalu lama", "Toilet kotor", "Nomor antrean tidak dipanggil berurutan"),
}
ABOUT = {
    "age": ("17-25", "26-35", "36-45", "46-59", "60up"), "sex": ("female", "male"),
    "education": ("sd", "smp", "sma", "diploma", "s1"), "occupation": ("home", "farm-sea", "own-business", "asn"),
    "service": ("umum", "kia", "lansia", "farmasi", "lab"),
}  # fmt: skip


def puskesmas() -> list[str]:
    return [row["code"] for row in rows("facilities.csv") if row["kind"] == "puskesmas"]


def served(code: str) -> int:
    """People served in half a year; the first one's survey is as large as it must be."""
    return 45 if code == "P1410010101" else 900 + 37 * int(code[5:7])


def forms() -> Iterator[Row]:
    for code in puskesmas():
        for period in PERIODS:
            yield code, period, served(code), "exact", ""


def answers(rng: random.Random) -> Iterator[Row]:
    """Forty papers a half year at the first puskesmas, eighteen at the others."""
    for code, level in zip(puskesmas(), LEVEL, strict=True):
        for period, first in PERIODS.items():
            for n in range(1, (41 if code == "P1410010101" else 19)):
                mood = rng.gauss(level + (0.08 if period == "2026-S1" else 0), 0.35)
                scores = [min(4, max(1, round(rng.gauss(mood + lean, 0.4)))) for lean in ELEMENT]
                shown = ["" if rng.random() < 0.02 else score for score in scores]
                about = [rng.choice(choices) for choices in ABOUT.values()]
                said = [rng.choice(words) if n % 9 == place else "" for place, words in enumerate(SAID.values(), 3)]
                day = first + timedelta(rng.randrange(180))
                yield code, period, f"K-{n:04d}", day, *shown, *about, *said


HOME, LATE, FAR, NEW = "P1410010101", "P1410020101", "P1410090101", "P1410070101"
VISITS: tuple[Row, ...] = (
    ("KB-2025-01", HOME, "P1410010102 P1410050101", "Alur layanan per klaster", "", "2025-04-08", "2025-04-09",
     "Satu pintu pendaftaran untuk klaster 2 dan 3", "", ""),
    ("KB-2025-02", "P1410010102", "P1410030101 P1410040101", "Posyandu seluruh siklus hidup", "", "2025-10-14",
     "2025-10-14", "Meja 5 langkah dan buku pantau lansia", "", ""),
    ("KB-2026-01", HOME, LATE, "Tekanan darah tiap bulan dan Prolanis", "spm-08", "2026-03-10", "2026-03-12",
     "Kader mengantar undangan Prolanis; hasil ukur masuk hari itu juga", "", ""),
    ("KB-2026-02", "P1410030101", "P1410060101 P1410080101", "PWS di lokmin bulanan", "spm-01", "2026-05-19",
     "2026-05-20", "Dasbor dibuka per desa, tindak lanjut ditulis di notulen", "", ""),
    ("KB-2026-03", "P1410050101", FAR, "Kunjungan rumah", "", "2026-07-07", "", "", "2026-07-06", "Gelombang tinggi"),
    ("KB-2026-04", HOME, f"{NEW} {FAR}", "Prolanis", "spm-08", "2026-11-10", "", "", "", ""),
    ("KB-2026-05", "P1410040101", FAR, "Pustu dengan paket layanan", "", "2026-12-01", "", "", "", ""),
)  # fmt: skip
ACTIONS: tuple[Row, ...] = (
    ("KB-2025-01", 1, "Papan alur di ruang tunggu", "P1410010102", "2025-06-30", "2025-06-10"),
    ("KB-2025-02", 1, "Jadwal posyandu lansia", "P1410030101", "2025-12-31", "2025-12-20"),
    ("KB-2025-02", 2, "Latih dua kader tiap desa", "P1410040101", "2026-02-28", "2026-03-15"),
    ("KB-2026-01", 1, "Daftar hipertensi per desa", LATE, "2026-04-30", "2026-04-21"),
    ("KB-2026-01", 2, "Jadwal Prolanis tiap Selasa", LATE, "2026-06-30", ""),
    ("KB-2026-02", 1, "Notulen lokmin memuat dasbor", "P1410060101", "2026-06-30", "2026-06-24"),
)


def main() -> None:
    visits = "id,host,guests,topic,indicator,planned_on,done_on,learned,cancelled_on,reason"
    write("learning-visits.csv", visits, VISITS)
    write("learning-actions.csv", "visit,number,what,owner,due,done_on", ACTIONS)
    rng = random.Random(1417)  # noqa: S311 - a demo, not a secret
    write("survey-forms.csv", "facility,period,served,weight,closes_on", forms())
    elements = ",".join(f"u{n}" for n in range(1, 10))
    write(
        "survey-answers.csv",
        f"facility,period,number,answered_on,{elements},{','.join(ABOUT)},{','.join(SAID)}",
        answers(rng),
    )
    write(
        "readiness-claims.csv",
        "facility,criterion,number,claimed_on,note,valid_until,verified_on,returned_on,reason",
        claims(),
    )


if __name__ == "__main__":
    main()
