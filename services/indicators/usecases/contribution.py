"""Who paid and who did the work: each unit once, by JKN status and by whose facilities met its items."""

from collections.abc import Mapping
from datetime import date

from services.indicators.contract.charts import Doer, JknContribution, PayerNumbers, Whose
from services.indicators.queries import numbers as queries
from services.indicators.queries import slices
from services.indicators.rules.cells import Cell, summed
from services.indicators.rules.suppression import ALL, Hidden, few
from services.indicators.usecases import showing
from services.indicators.usecases.charts import chart
from services.indicators.usecases.viewing import Narrowing, beside, look, veiled
from services.kernel.auth import Actor
from services.kernel.service import Service

PAYERS = ("active", "inactive", "unknown")
DOERS: tuple[Whose, ...] = ("public", "private", "both", "none", "unknown")
Counts = Mapping[tuple[str, str], tuple[int, int]]


async def jkn(
    service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None, narrowing: Narrowing
) -> JknContribution:
    """An indicator by payer and by public or private contribution. Raises NotFound, Unprocessable."""
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        seen = await look(tx, service, actor, standard, year, as_of, narrowing)
        rows = await slices.by_payer(tx, seen.one, seen.slice())
        beyond = await beside(tx, seen)
    counts: Counts = {(payer, doer): (units, served) for payer, doer, units, served in rows}
    by_payer = {p: _summed(counts, p, None) for p in PAYERS}
    by_doer = {d: _summed(counts, None, d) for d in DOERS}
    total, payers = showing.together(seen.sees, summed(by_payer.values()), by_payer, (), ())
    whole, doers = showing.together(
        seen.sees, summed(by_doer.values()), {str(d): c for d, c in by_doer.items()}, (), ()
    )
    whole, payers = veiled(seen, beyond, whole, payers, ())
    if beyond.total.anything or any(h.eligible or h.served for h in doers.values()):
        doers = dict.fromkeys(doers, ALL)  # `by=ownership` shows two sums of them: all of them, or none
    inner = seen.sees.all or (
        not beyond.total.anything and not any(few(*counts.get((p, d), (0, 0))) for p in PAYERS for d in DOERS)
    )
    return JknContribution(
        **chart(seen), total=_numbers("*", summed(by_payer.values()), _both(total, whole), by_doer, doers),
        payers=[
            _numbers(p, cell, payers[p], {d: _summed(counts, p, d) for d in DOERS}, None, inner)
            for p, cell in by_payer.items()
        ],
    )  # fmt: skip


def _summed(counts: Counts, payer: str | None, doer: str | None) -> Cell:
    """Units as a cell: the served, and the others."""
    mine = [c for (p, d), c in counts.items() if payer in (None, p) and doer in (None, d)]
    served = sum(s for _, s in mine)
    return Cell({-1: sum(u for u, _ in mine) - served, 0: served})


def _both(one: Hidden, other: Hidden) -> Hidden:
    return Hidden(one.eligible or other.eligible, one.served or other.served)


def _numbers(
    payer: str, cell: Cell, hidden: Hidden, parts: Mapping[Whose, Cell], veils: Mapping[str, Hidden] | None,
    inner: bool = True,
) -> PayerNumbers:  # fmt: skip
    """One row. Where any part of any payer is few, no part of a payer is told: two sums of them stand beside."""
    eligible, served = None if hidden.eligible else cell.eligible, None if hidden.served else cell.served
    doers = []
    for doer, part in parts.items():
        veil = veils[doer] if veils is not None else Hidden(not inner, not inner)
        if part.eligible or not inner:
            units, finished = None if veil.eligible else part.eligible, None if veil.served else part.served
            doers.append(Doer(by=doer, units=units, served=finished))
    return PayerNumbers(
        payer=payer, eligible=eligible, served=served, coverage=showing.coverage(served, eligible), doers=doers,
        suppressed=eligible is None or served is None or any(d.units is None or d.served is None for d in doers),
    )  # fmt: skip
