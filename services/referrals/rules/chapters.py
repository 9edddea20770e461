"""The chapters of ICD-10, pure."""

CHAPTERS: tuple[tuple[str, str, str], ...] = (
    ("A00", "I", "Penyakit infeksi dan parasit tertentu"),
    ("C00", "II", "Neoplasma"),
    ("D50", "III", "Penyakit darah, organ pembentuk darah dan imun"),
    ("E00", "IV", "Penyakit endokrin, nutrisi dan metabolik"),
    ("F00", "V", "Gangguan jiwa dan perilaku"),
    ("G00", "VI", "Penyakit susunan saraf"),
    ("H00", "VII", "Penyakit mata dan adneksa"),
    ("H60", "VIII", "Penyakit telinga dan mastoid"),
    ("I00", "IX", "Penyakit sistem sirkulasi"),
    ("J00", "X", "Penyakit sistem napas"),
    ("K00", "XI", "Penyakit sistem cerna"),
    ("L00", "XII", "Penyakit kulit dan jaringan subkutan"),
    ("M00", "XIII", "Penyakit sistem muskuloskeletal dan jaringan ikat"),
    ("N00", "XIV", "Penyakit sistem kemih dan kelamin"),
    ("O00", "XV", "Kehamilan, persalinan dan nifas"),
    ("P00", "XVI", "Kondisi tertentu yang bermula pada masa perinatal"),
    ("Q00", "XVII", "Malformasi bawaan, deformasi dan kelainan kromosom"),
    ("R00", "XVIII", "Gejala, tanda dan kelainan klinis dan laboratorium"),
    ("S00", "XIX", "Cedera, keracunan dan akibat kausa luar"),
    ("U00", "XXII", "Kode untuk tujuan khusus"),
    ("V00", "XX", "Kausa luar morbiditas dan mortalitas"),
    ("Z00", "XXI", "Faktor yang memengaruhi kesehatan dan kontak dengan pelayanan"),
)
"""First category, number, name; in the order of the categories (WHO ICD-10, volume 1)."""

NAMES = {number: name for _, number, name in CHAPTERS}


def chapter(diagnosis: str) -> str:
    """The number of the chapter a code belongs to."""
    return next(number for first, number, _ in reversed(CHAPTERS) if diagnosis[:3] >= first)
