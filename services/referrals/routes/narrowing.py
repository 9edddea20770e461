"""What of the open referrals in a box is asked for."""

from typing import Annotated

from fastapi import Depends, Query

from services.kernel.ids import FacilityCode
from services.referrals.contract import Side
from services.referrals.usecases.show import Narrowed as Those


def _narrowed(
    overdue: Annotated[bool, Query(description="Hanya yang lewat batas waktu (past due only)")] = False,
    escalated: Annotated[bool, Query(description="Hanya yang sudah pada dinas (those the office has)")] = False,
    owner: Annotated[
        FacilityCode | None,
        Query(description="Yang harus bertindak: sender, receiver, office, atau kode faskes (who must act)"),
    ] = None,
    other: Annotated[FacilityCode | None, Query(description="Dari atau ke faskes ini (from or to this one)")] = None,
) -> Those:
    return Those(overdue, Side.OFFICE if escalated else owner, other)


Narrowed = Annotated[Those, Depends(_narrowed)]
