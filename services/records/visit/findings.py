"""What was measured, tested and asked at a visit. The words are those of the card, units stand in the names."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.records.visit.parts import Count, Number, Part, YesNo, measured, told

GlucoseKind = Literal["sewaktu", "puasa", "2jam"]
Reaction = Literal["reaktif", "nonreaktif"]
UrineProtein = Literal["negatif", "trace", "+1", "+2", "+3", "+4"]
BloodGroup = Literal["A", "B", "AB", "O"]
Normal = Literal["normal", "tidak-normal"]
Found = Literal["positif", "negatif"]
Acuity = Annotated[str, StringConstraints(pattern=r"^\d{1,2}/\d{1,3}$")]


class Measurements(Part):
    """Hasil pengukuran (measurements); isi yang diukur saja."""

    systolic: Number | None = measured(40, 300, "Tekanan darah sistolik", "systolic", "mmHg", 118)
    diastolic: Number | None = measured(20, 200, "Tekanan darah diastolik", "diastolic", "mmHg", 76)
    pulse: Number | None = measured(20, 300, "Nadi", "pulse", "per menit", 84)
    temperature: Number | None = measured(25, 45, "Suhu", "temperature", "°C", 36.7)
    respiration: Number | None = measured(4, 120, "Laju napas", "respiratory rate", "per menit", 18)
    oxygen_saturation: Number | None = measured(30, 100, "Saturasi oksigen", "oxygen saturation", "%", 98)
    weight_kg: Number | None = measured(0.3, 350, "Berat badan", "weight", "kg", 58.4)
    height_cm: Number | None = measured(40, 250, "Tinggi badan (berdiri)", "standing height", "cm", 156)
    length_cm: Number | None = measured(20, 130, "Panjang badan (telentang)", "lying length", "cm", 71.5)
    head_cm: Number | None = measured(20, 80, "Lingkar kepala", "head circumference", "cm", 44)
    waist_cm: Number | None = measured(30, 250, "Lingkar perut", "waist", "cm", 82)
    muac_cm: Number | None = measured(5, 70, "Lingkar lengan atas (LiLA)", "mid-upper arm", "cm", 26)
    fundal_height_cm: Number | None = measured(1, 60, "Tinggi fundus uteri", "fundal height", "cm", 24)
    fetal_heart_rate: Number | None = measured(40, 260, "Denyut jantung janin", "fetal heart", "per menit", 142)
    hemoglobin: Number | None = measured(2, 25, "Hemoglobin", "haemoglobin", "g/dL", 11.8)
    glucose_mgdl: Number | None = measured(10, 1500, "Gula darah", "glucose", "mg/dL", 112)
    glucose_kind: GlucoseKind = Field(
        "sewaktu",
        title="Jenis gula darah",
        description="sewaktu (random), puasa (fasting), 2jam (2 h after a meal)",
    )
    hba1c: Number | None = measured(2, 25, "HbA1c", "HbA1c", "%", 6.4)
    cholesterol_mgdl: Number | None = measured(30, 1000, "Kolesterol total", "total cholesterol", "mg/dL", 187)
    hdl_mgdl: Number | None = measured(5, 200, "Kolesterol HDL", "HDL cholesterol", "mg/dL", 48)
    ldl_mgdl: Number | None = measured(5, 800, "Kolesterol LDL", "LDL cholesterol", "mg/dL", 112)
    triglycerides_mgdl: Number | None = measured(10, 5000, "Trigliserida", "triglycerides", "mg/dL", 140)
    uric_acid_mgdl: Number | None = measured(0.5, 30, "Asam urat", "uric acid", "mg/dL", 5.4)

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.systolic is not None and self.diastolic is not None and self.diastolic >= self.systolic:
            raise ValueError("diastolic harus di bawah systolic / diastolic must be below systolic")
        return self


class Tests(Part):
    """Hasil pemeriksaan laboratorium dan penunjang (tests)."""

    hiv: Reaction | None = Field(None, title="HIV", description="Tes cepat HIV (rapid test)")
    syphilis: Reaction | None = Field(None, title="Sifilis", description="Tes cepat sifilis (syphilis)")
    hbsag: Reaction | None = Field(None, title="HBsAg", description="Tes cepat hepatitis B")
    urine_protein: UrineProtein | None = Field(None, title="Protein urin", description="Carik celup (dipstick)")
    blood_group: BloodGroup | None = Field(None, title="Golongan darah", description="ABO (blood group)")
    tb_tcm: Literal["terdeteksi", "tidak-terdeteksi"] | None = Field(
        None, title="TCM TBC", description="Tes cepat molekuler TBC (molecular TB test)"
    )
    tb_smear: Literal["negatif", "+1", "+2", "+3"] | None = Field(
        None, title="BTA", description="Mikroskopis dahak, BTA (sputum smear)"
    )
    tb_culture: Found | None = Field(None, title="Biakan TBC", description="Biakan kuman TBC (TB culture)")
    chest_xray: Normal | None = Field(None, title="Foto toraks", description="Foto toraks PA (chest X-ray)")


class Screening(Part):
    """Penapisan menurut siklus hidup (screening): isi yang dikerjakan saja."""

    vision_right: Acuity | None = told("Visus mata kanan", "right visual acuity, Snellen", "misalnya 6/6", "6/6")
    vision_left: Acuity | None = told("Visus mata kiri", "left visual acuity, Snellen", "misalnya 6/9", "6/9")
    hearing: Normal | None = told("Pendengaran, tes bisik", "hearing, whisper test")
    smoking: Literal["tidak", "pasif", "berhenti", "ya"] | None = told("Merokok", "smoking", example="tidak")
    risks: list[
        Literal[
            "merokok", "gula-berlebih", "garam-berlebih", "lemak-berlebih", "kurang-sayur-buah", "kurang-gerak",
            "alkohol",
        ]
    ] | None = Field(
        None,
        max_length=7,
        title="Faktor risiko PTM",
        description="Wawancara perilaku berisiko; daftar kosong = ditanya, tidak ada (risk behaviour; empty = none)",
        examples=[["garam-berlebih"]],
    )  # fmt: skip
    iva: Found | None = told("Tes IVA", "visual inspection of the cervix with acetic acid")
    breast: Normal | None = told("SADANIS", "clinical breast examination")
    sdidtk: Literal["sesuai", "meragukan", "penyimpangan"] | None = told(
        "SDIDTK, hasil KPSP", "child development screening"
    )
    pkpr: list[
        Literal["rumah", "sekolah", "makan", "aktivitas", "napza", "seksualitas", "keamanan", "bunuh-diri"]
    ] | None = Field(
        None,
        max_length=8,
        title="PKPR (HEEADSSS)",
        description="Wawancara remaja: ranah yang bermasalah; daftar kosong = tidak ada (adolescent interview)",
        examples=[[]],
    )  # fmt: skip
    skilas: list[Literal["kognitif", "mobilisasi", "malnutrisi", "penglihatan", "pendengaran", "depresi"]] | None = (
        Field(
            None,
            max_length=6,
            title="SKILAS",
            description="Penapisan lansia: ranah yang bermasalah; daftar kosong = tidak ada (elderly screening)",
            examples=[["penglihatan"]],
        )
    )
    barthel: Count | None = measured(0, 20, "Indeks Barthel (AKS)", "activities of daily living", "0–20", 20)
    mini_cog: Count | None = measured(0, 5, "Mini-Cog", "Mini-Cog", "0–5", 4)
    amt: Count | None = measured(0, 10, "AMT", "abbreviated mental test", "0–10", 9)
    ad8: Count | None = measured(0, 8, "AD8-INA", "AD8 dementia interview", "0–8", 1)
    gds: Count | None = measured(0, 15, "GDS, skala depresi geriatri", "geriatric depression scale", "0–15", 2)
    mental_status: Literal["baik", "cemas", "terganggu"] | None = told(
        "Pemeriksaan status mental", "mental status examination"
    )
    tb_suspect: YesNo = Field(
        False, title="Terduga TBC", description="Bergejala atau berisiko TBC, terduga (presumptive TB)"
    )
    hiv_risk_group: (
        Literal["bumil", "tbc", "ims", "pekerja-seks", "lsl", "waria", "penasun", "wbp", "pasangan", "lain"] | None
    ) = told("Kelompok risiko HIV", "HIV risk group")
