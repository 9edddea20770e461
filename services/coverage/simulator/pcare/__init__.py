"""The simulated PCare, an aggregate a module; importing them declares their addresses."""

from services.coverage.simulator.pcare import (
    kelompok,
    kunjungan,
    mcu,
    obat,
    pendaftaran,
    peserta,
    references,
    rujukan,
    skrining,
    targets,
    tindakan,
)
from services.coverage.simulator.pcare.service import PCARE

__all__ = [
    "PCARE", "kelompok", "kunjungan", "mcu", "obat", "pendaftaran", "peserta", "references", "rujukan", "skrining",
    "targets", "tindakan",
]  # fmt: skip
