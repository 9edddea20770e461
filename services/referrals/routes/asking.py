"""What a question about many referrals names; the figures and the lists behind them share it."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from services.kernel.ids import FacilityCode
from services.referrals.contract import Kind, Outcome, Unit, Urgency
from services.referrals.rules.chapters import NAMES
from services.referrals.usecases.figures import Asked


def _asked(
    counts: Annotated[
        Unit | None,
        Query(
            description="referrals: tiap rujukan sekali; askings: sekali tiap faskes yang ditanya pada tiap pengiriman "
            "(each referral once, or once per facility asked on each leg)"
        ),
    ] = None,
    since: Annotated[date | None, Query(alias="from", description="Hari pertama (first day)")] = None,
    until: Annotated[date | None, Query(alias="to", description="Hari terakhir (last day)")] = None,
    sender: Annotated[FacilityCode | None, Query(description="Pengirim (sender)")] = None,
    receiver: Annotated[FacilityCode | None, Query(description="Yang ditanya atau menerima (receiver)")] = None,
    diagnosis: Annotated[
        str | None, Query(pattern=r"^[A-Z]\d{2}$", description="Kategori ICD-10, 3 karakter (category)")
    ] = None,
    chapter: Annotated[
        str | None, Query(description="Bab ICD-10 (chapter)", json_schema_extra={"enum": [*NAMES]})
    ] = None,
    urgency: Annotated[Urgency | None, Query(description="Kegawatan (urgency)")] = None,
    kind: Annotated[Kind | None, Query(description="Arah (direction)")] = None,
    outcome: Annotated[Outcome | None, Query(description="Hasil akhir (outcome)")] = None,
) -> Asked:
    return Asked(
        counts, since, until, sender, receiver, diagnosis, chapter, urgency=urgency, kind=kind, outcome=outcome
    )


Question = Annotated[Asked, Depends(_asked)]
