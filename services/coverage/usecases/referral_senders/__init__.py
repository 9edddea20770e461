"""Who takes a visit that refers: PCare itself (`pcare`, rujukLanjut in the kunjungan) or the pilot path (`srbk`).

Which one is the line's to say, from a day on. The special referrals (khusus) keep the old path: the pilot has none.
"""

from services.coverage.bpjs.wire import BpjsService

PCARE, SRBK = BpjsService.PCARE.value, BpjsService.SRBK.value
