"""Pregnancy, birth, the newborn, the small child, and the end of a life."""

from typing import Literal

from pydantic import Field

from services.records.visit.parts import Count, Day, Moment, Number, Part, YesNo, measured, told

Contact = Literal["K1A", "K1M", "K2", "K3", "K4", "K5", "K6"]
Postnatal = Literal["KF1", "KF2", "KF3", "KF4"]
Neonatal = Literal["KN1", "KN2", "KN3"]
Presentation = Literal["kepala", "sungsang", "lintang"]
Place = Literal[
    "puskesmas", "klinik", "rumah-sakit", "praktik-mandiri", "rumah", "lainnya",
]  # fmt: skip
Attendant = Literal["dokter", "dokter-spesialis", "bidan", "perawat", "dukun", "lainnya"]
Method = Literal["normal", "vakum", "forsep", "sesar"]


class Pregnancy(Part):
    """Kehamilan (pregnancy)."""

    contact: Contact | None = Field(
        None,
        title="Kontak ANC",
        description="K1A akses, K1M murni, K2 … K6 (antenatal contact number)",
        examples=["K2"],
    )
    lmp: Day | None = Field(
        None, title="HPHT", description="Hari pertama haid terakhir (last menses)", examples=["2026-01-05"]
    )
    edd: Day | None = Field(None, title="HPL", description="Hari perkiraan lahir (due date)", examples=["2026-10-12"])
    gestational_weeks: Number | None = measured(1, 45, "Usia kehamilan", "gestational age", "minggu", 15)
    gravida: Count | None = Field(
        None, ge=1, le=25, title="Gravida", description="Hamil ke- (pregnancies)", examples=[2]
    )
    para: Count | None = Field(None, ge=0, le=25, title="Para", description="Jumlah persalinan (births)", examples=[1])
    abortus: Count | None = Field(None, ge=0, le=25, title="Abortus", description="Jumlah keguguran (losses)")
    presentation: Presentation | None = told("Presentasi janin", "fetal presentation", example="kepala")
    usg: YesNo = Field(False, title="USG", description="USG dilakukan (ultrasound done)")


class Delivery(Part):
    """Persalinan (delivery), dicatat pada ibunya."""

    at: Moment = Field(
        title="Waktu lahir", description="Waktu bayi lahir (time of birth)", examples=["2026-04-20T04:10:00+07:00"]
    )
    place: Place | None = told("Tempat persalinan", "place of delivery", example="puskesmas")
    attendants: list[Attendant] = Field(
        [],
        max_length=6,
        title="Penolong",
        description="Setiap penolong, yang sama boleh dua kali (attendants, each one)",
        examples=[["dokter", "bidan"]],
    )
    method: Method | None = told("Cara persalinan", "method of delivery", example="normal")


class Newborn(Part):
    """Bayi baru lahir (newborn), dicatat pada bayinya."""

    contact: Neonatal | None = Field(
        None, title="Kunjungan neonatal", description="KN1 … KN3 (newborn contact number)", examples=["KN1"]
    )
    weight_g: Number | None = measured(300, 8000, "Berat lahir", "birth weight", "gram", 3100)
    length_cm: Number | None = measured(20, 70, "Panjang lahir", "birth length", "cm", 49)
    apgar1: Count | None = measured(0, 10, "APGAR menit 1", "APGAR at 1 minute", "0–10", 8)
    apgar5: Count | None = measured(0, 10, "APGAR menit 5", "APGAR at 5 minutes", "0–10", 9)
    cord_care: YesNo = Field(False, title="Perawatan tali pusat", description="Dikerjakan (cord care)")
    early_breastfeeding: YesNo = Field(False, title="IMD", description="Inisiasi menyusu dini (early breastfeeding)")
    vitamin_k: YesNo = Field(False, title="Vitamin K1", description="Suntikan vitamin K1 (vitamin K)")
    eye_ointment: YesNo = Field(False, title="Salep mata", description="Salep antibiotik mata (eye ointment)")
    hypothyroid_screen: YesNo = Field(
        False, title="SHK", description="Skrining hipotiroid kongenital diambil (hypothyroid screening)"
    )


class Child(Part):
    """Bayi dan balita (the small child)."""

    exclusive_breastfeeding: YesNo | None = told("ASI eksklusif", "exclusively breastfed")
    weight_gain: YesNo | None = told("Berat badan naik (N/T)", "adequate weight gain: true N, false T")
    vitamin_a: Literal["biru", "merah"] | None = told(
        "Kapsul vitamin A", "vitamin A: biru 100,000 IU, merah 200,000 IU"
    )


class Death(Part):
    """Kematian (death)."""

    at: Moment = Field(
        title="Waktu meninggal", description="Waktu meninggal (time of death)", examples=["2026-04-20T04:10:00+07:00"]
    )
