"""What staffing is measured by: loading and reading norms, dated numbers, settings, workloads and plans."""

from collections.abc import Callable, Hashable
from typing import Any

from services.facilities.contract import Kind
from services.facilities.queries import facilities, loading
from services.facilities.rules import days, norms
from services.facilities.rules.cells import Line, R, once
from services.facilities.rules.csvfile import Refused
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx
from services.kernel.problems import Text

Fault = Callable[[Line[R]], Refused | None]


def _file(
    table: str, model: type[R], required: tuple[str, ...], data: tuple[str, ...], fault: Fault[R] | None = None,
    *, several: bool = False,
) -> File[R]:  # fmt: skip
    """A file of dated rows: a facility it names is a puskesmas; of one key no two rows share a day, unless `several`
    may."""
    key = tuple(column for column in loading.keys(table) if column != "valid_from")

    async def check(tx: Tx, lines: list[Line[R]]) -> Checked[R]:
        lines, refused = once(lines, lambda r: (*_key(r, key), getattr(r, "valid_from")), "valid_from")  # noqa: B009
        wrong = [*await _not_puskesmas(tx, lines), *(_backwards(lines))]
        wrong += [f for f in map(fault, lines) if f is not None] if fault else []
        fallen = {r.line for r in wrong}
        lines = [line for line in lines if line.number not in fallen]
        if several:
            return lines, [*refused, *wrong]
        registered: dict[Hashable, list[days.Span]] = {}
        for row in await loading.spans(tx, table):
            registered.setdefault(tuple(row[c] for c in key), []).append(
                days.span(row["valid_from"], row["valid_until"])
            )
        kept, clashing = days.apart(lines, lambda r: _key(r, key), registered)
        return kept, [*refused, *wrong, *clashing]

    return File(table, model, required, check, data)


def _key(row: Any, key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(getattr(row, column)) for column in key)


async def _not_puskesmas(tx: Tx, lines: list[Line[R]]) -> list[Refused]:
    named = {line.number: str(line.row.facility) for line in lines if hasattr(line.row, "facility")}
    kinds = await facilities.kinds(tx, list(set(named.values())))
    return [
        Refused(number, "facility", Text("harus puskesmas yang terdaftar", "must be a registered puskesmas"))
        for number, code in named.items()
        if kinds.get(code) != Kind.PUSKESMAS
    ]


def _backwards(lines: list[Line[Any]]) -> list[Refused]:
    return [
        Refused(line.number, "valid_until", Text("sebelum valid_from", "before valid_from"))
        for line in lines
        if line.row.valid_until is not None and line.row.valid_until < line.row.valid_from
    ]


NORMS = _file(
    "staffing_norm", norms.NormRow, ("care", "setting", "profession", "minimum", "regulation", "valid_from"),
    ("care", "setting", "profession", "minimum", "regulation", "valid_from", "valid_until"),
)  # fmt: skip
RULES = _file(
    "workforce_rule", norms.RuleRow, ("rule", "subject", "value", "regulation", "valid_from"),
    ("rule", "subject", "value", "action", "regulation", "valid_from", "valid_until"), norms.rule_fault,
)  # fmt: skip
SETTINGS = _file(
    "puskesmas_setting", norms.SettingRow, ("facility", "setting", "valid_from"),
    ("facility", "setting", "valid_from", "valid_until"),
)  # fmt: skip
WORKLOADS = _file(
    "workload", norms.WorkloadRow, ("facility", "profession", "task", "minutes", "volume", "valid_from"),
    ("facility", "profession", "minutes", "volume", "valid_from", "valid_until"),
)  # fmt: skip
PLANS = _file(
    "staffing_plan", norms.PlanRow, ("facility", "profession", "posts", "valid_from"),
    ("facility", "profession", "posts", "employment", "valid_from", "valid_until"), several=True,
)  # fmt: skip
