"""Headings of files in Indonesian: what an export shows and what a load takes as well as the field's own name."""

HEADINGS = {
    "code": "Kode", "name": "Nama", "kind": "Jenis", "ownership": "Kepemilikan", "level": "Tingkat",
    "parent": "Induk", "child": "Kode anak", "facility": "Kode faskes",
    "village": "Kode desa", "satusehat_id": "Nomor SATUSEHAT",
    "bpjs_code": "Kode BPJS", "registration": "Kode registrasi", "organization_type": "Jenis organisasi",
    "latitude": "Lintang", "longitude": "Bujur", "phone": "Telepon", "active": "Aktif", "valid_from": "Berlaku mulai",
    "valid_until": "Berlaku sampai", "version": "Versi", "id": "Nomor", "profession": "Profesi", "nik": "NIK",
    "str_number": "Nomor STR", "sip_number": "Nomor SIP",
    "str_valid_from": "STR mulai", "str_valid_until": "STR sampai", "sip_valid_from": "SIP mulai",
    "sip_valid_until": "SIP sampai", "employment": "Kepegawaian", "practitioner": "Nomor tenaga kesehatan",
    "care": "Rawat inap", "setting": "Wilayah kerja", "minimum": "Jumlah minimum", "regulation": "Dasar hukum",
    "rule": "Aturan", "subject": "Tentang", "value": "Nilai", "action": "Tindakan", "task": "Tugas",
    "minutes": "Menit", "volume": "Volume setahun", "posts": "Jumlah formasi", "source": "Sumber",
    "number": "Nomor izin", "days_left": "Sisa hari", "cluster": "Klaster", "service": "Layanan",
    "competent": "Kompeten",
    "decree": "Nomor SK", "shift": "Giliran", "weekdays": "Hari", "starts": "Jam mulai", "ends": "Jam selesai",
    "posyandu": "Kode posyandu", "coordinator": "Koordinator", "kader": "Jumlah kader",
    "state": "Keadaan", "role": "Peran", "face": "Bentuk jawaban",
    "licence": "Nomor izin operasional", "licence_from": "Izin mulai", "licence_until": "Izin sampai", "nib": "NIB",
    "inpatient": "Menerima rawat inap", "hospital_class": "Kelas rumah sakit", "address": "Alamat", "email": "Surel",
    "status": "Status", "system": "Sistem kode", "weekday": "Hari pekan", "hours": "Jam buka",
    "day": "Tanggal", "reason": "Sebab", "item": "Alat", "checked_on": "Diperiksa pada", "count": "Jumlah",
    "working": "Berfungsi", "unit": "Ruang", "care_class": "Kelas", "total": "Jumlah tempat tidur",
    "free": "Tempat tidur kosong", "reported_at": "Dilaporkan pada", "ppk_code": "Kode PPK", "capitation": "Kapitasi",
    "always_open": "Buka 24 jam", "distance_km": "Jarak (km)",
    "created_at": "Dibuat pada", "revoked_at": "Dicabut pada", "username": "Nama pengguna",
    "gap_reason": "Alasan celah", "coordinates": "Mengoordinasi", "verified": "Terverifikasi",
    "urgency": "Kegawatan",
}  # fmt: skip
_FIELDS = {heading.lower(): name for name, heading in HEADINGS.items()}


def heading(field: str) -> str:
    """A field's heading."""
    return HEADINGS.get(field) or field.replace("_", " ").capitalize()


def field(heading: str) -> str:
    """The field a heading names: its own name or its Indonesian heading, however it is written."""
    said = " ".join(heading.strip().lower().split())
    return _FIELDS.get(said, said.replace(" ", "_"))
