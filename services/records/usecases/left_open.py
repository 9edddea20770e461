"""A sender's patient left open after the transfer: listed to the sender, in words that say where the person is."""

from typing import Any
from zoneinfo import ZoneInfo

from services.kernel.auth import Actor
from services.kernel.service import Service
from services.records import report
from services.records.contract.left_open import LeftOpen, LeftOpenList
from services.records.contract.trail import Words
from services.records.queries import left_open as queries

_IS = {
    "admitted": ("dirawat inap di", "was admitted at"),
    "died": ("meninggal di", "died at"),
    "referred-on": ("dirujuk lanjut dari", "was referred on from"),
}
_THERE = ("tiba di", "arrived at")
_BACK = ("sudah kembali dari", "is back from")


async def left_open(service: Service, actor: Actor, referral: str | None = None) -> LeftOpenList:
    """What the actor's facility has open of persons who are elsewhere, of one referral or of all."""
    async with service.db.reading() as conn:
        rows = await queries.left_open(conn, actor, service.clock.today(), referral)
    service.db.signal()
    zone = service.clock.zone
    items = [_shown(r, zone) for r in rows[: queries.MOST]]
    return LeftOpenList(items=items, more=len(rows) > queries.MOST)


def _shown(row: dict[str, Any], zone: ZoneInfo) -> LeftOpen:
    name = row["to_name"] or row["to_facility"]
    begun = row["date"].astimezone(zone).date() if row["date"] else None
    said = {k: v for k, v in row.items() if k not in ("to_name", "date", "receipt")}
    return LeftOpen(**said, to_name=name, begun_on=begun, sentence=sentence(row, name, zone))


def sentence(row: dict[str, Any], name: str, zone: ZoneInfo) -> Words:
    """Where the person is, and what is to be done here."""
    ended = row["state"] == "closed"
    is_ = _IS.get(row["outcome"] or "", _BACK if ended else _THERE)
    what = ("kunjungan", "visit") if row["type"] == "Encounter" else ("episode perawatan", "episode of care")
    at = report.moment(row["away_since"], zone)
    return Words(
        id=f"Pasien rujukan ini {is_[0]} {name} (di sana sejak {at}), tetapi {what[0]} di sini masih terbuka: tutup",
        en=f"This referred patient {is_[1]} {name} (there since {at}), but the {what[1]} here is still open: close it",
    )
