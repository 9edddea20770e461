"""Capitation expected of a month and what differs from the list, in whole rupiah. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.contract.kbk import CapitationReason
from services.indicators.contract.words import Words
from services.indicators.rules.kbk import thousands
from services.indicators.rules.policies import Dated

DOCTOR, DENTIST = "dokter", "dokter-gigi"
Doctors = Literal["enough", "few", "none"]
IN_WORDS = {
    "enough": "dokter cukup (rasio 1:≤{ratio})", "few": "dokter kurang (rasio 1:>{ratio})", "none": "tanpa dokter",
}  # fmt: skip


class TariffRow(BaseModel):
    """What is paid per member and month by kind and by how many doctors and dentists there are."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kinds: tuple[str, ...]
    doctors: Doctors | None = None
    dentist: bool | None = None
    rupiah: Annotated[int, Field(gt=0)]


class Tariff(Dated):
    """The tariffs of a time. `ratio`: members one doctor is enough for."""

    source: str
    verify: str | None = None
    ratio: Annotated[int, Field(gt=0)]
    rows: Annotated[tuple[TariffRow, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Rate:
    """Rupiah per member, and why."""

    rupiah: int
    why: Words


def rate(rule: Tariff, kind: str, members: int, staff: Mapping[str, int], norm: int | None) -> Rate | None:
    """What a member is worth a month: by the list when it says so, else by kind and staff. None: no tariff for it."""
    if norm is not None:
        said = f"Rp{thousands(norm)} per peserta menurut daftar kapitasi"
        return Rate(norm, Words(id=said, en=f"Rp{norm:,} a member by the list"))
    doctors, dentist = staff.get(DOCTOR, 0), staff.get(DENTIST, 0) > 0
    has: Doctors = "none" if not doctors else "enough" if members <= doctors * rule.ratio else "few"
    row = next(
        (
            r for r in rule.rows
            if kind in r.kinds and r.doctors in (None, has) and r.dentist in (None, dentist)
        ),
        None,
    )  # fmt: skip
    if row is None and has == "none":  # a kind that is paid only with doctors: they are not registered here yet
        row = next((r for r in rule.rows if kind in r.kinds and r.doctors == "few" and r.dentist == dentist), None)
    if row is None:
        return None
    teeth = "ada dokter gigi" if dentist else "tanpa dokter gigi"
    doctor = f"{doctors} dokter: {IN_WORDS[has].format(ratio=thousands(rule.ratio))}"
    said = f"Rp{thousands(row.rupiah)} per peserta: {kind}, {doctor}, {teeth} ({rule.source})"
    return Rate(
        row.rupiah, Words(id=said, en=f"Rp{row.rupiah:,} a member: {kind}, {doctors} doctors, by {rule.source}")
    )


def amount(members: int, tariff: int, percent: int) -> int:
    """Rupiah of a month, rounded down to a whole one."""
    return members * tariff * percent // 100


def reasons(
    mine: tuple[int, int, int], listed_members: int | None, norm: int | None, listed: int | None
) -> tuple[int | None, list[CapitationReason]]:
    """List minus expected (`mine`: members, tariff, percent), and what explains it to the last rupiah: other members,
    another tariff, a part not paid, what is left by rounding."""
    members, tariff, percent = mine
    if listed is None:
        return None, []
    expected, found = amount(*mine), list[CapitationReason]()
    if listed == expected:
        return 0, []
    theirs = listed_members if listed_members is not None else members

    def add(code: Literal["members", "tariff", "band", "rounding"], rupiah: int, id_: str, en: str) -> None:
        if rupiah:
            found.append(CapitationReason(code=code, rupiah=rupiah, words=Words(id=id_, en=en)))

    by_members = amount(theirs, tariff, percent) - expected
    add(
        "members", by_members, f"Daftar membayar {thousands(theirs)} peserta, kami menghitung {thousands(members)}",
        f"The list pays for {theirs} members, we count {members}",
    )  # fmt: skip
    # as if all is paid, whose tariff would it be; then what part was paid
    their_tariff = norm if norm is not None else tariff
    by_tariff = amount(theirs, their_tariff, percent) - amount(theirs, tariff, percent)
    add(
        "tariff", by_tariff, f"Norma daftar Rp{thousands(their_tariff)}, tarif kami Rp{thousands(tariff)}",
        f"The list's norm is Rp{their_tariff:,}, ours Rp{tariff:,}",
    )  # fmt: skip
    rest = listed - expected - by_members - by_tariff
    whole = theirs * their_tariff
    paid = round(listed * 100 / whole) if whole else percent
    if paid != percent:
        by_band = amount(theirs, their_tariff, paid) - amount(theirs, their_tariff, percent)
        add(
            "band", by_band, f"Daftar membayar {paid} % dari norma, kami menghitung {percent} %",
            f"The list pays {paid}% of the norm, we count {percent}%",
        )  # fmt: skip
        rest -= by_band
    add("rounding", rest, "Sisa yang tidak dijelaskan sebab di atas", "What none of the above explains")
    return listed - expected, found
