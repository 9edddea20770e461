"""Headings of files in Indonesian: what an export shows and what a load takes as well as the field's own name."""

HEADINGS = {
    "code": "Kode", "name": "Nama", "kind": "Jenis", "ownership": "Kepemilikan", "level": "Tingkat",
    "parent": "Wilayah induk", "facility": "Kode faskes", "village": "Kode desa", "satusehat_id": "Nomor SATUSEHAT",
    "bpjs_code": "Kode BPJS", "registration": "Kode registrasi", "organization_type": "Jenis organisasi",
    "latitude": "Lintang", "longitude": "Bujur", "phone": "Telepon", "active": "Aktif", "valid_from": "Berlaku mulai",
    "valid_until": "Berlaku sampai", "version": "Versi", "id": "Nomor", "profession": "Profesi", "nik": "NIK",
    "str_number": "Nomor STR", "sip_number": "Nomor SIP", "role": "Peran", "face": "Bentuk jawaban",
    "created_at": "Dibuat pada", "revoked_at": "Dicabut pada", "username": "Nama pengguna",
}  # fmt: skip
_FIELDS = {heading.lower(): name for name, heading in HEADINGS.items()}


def heading(field: str) -> str:
    """A field's heading."""
    return HEADINGS.get(field) or field.replace("_", " ").capitalize()


def field(heading: str) -> str:
    """The field a heading names: its own name or its Indonesian heading, however it is written."""
    said = " ".join(heading.strip().lower().split())
    return _FIELDS.get(said, said.replace(" ", "_"))
