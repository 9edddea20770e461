"""Which facts may meet an item of a unit: by day, by hour of life, by the visit of a delivery; and who delivered."""

from collections.abc import Iterator, Mapping

from services.indicators.compiler.schema import Delivery, Item, Standard
from services.indicators.compiler.sql import quoted


def by_hour(since: str, until: str) -> str:
    """Condition on `f`, `u` and `w`: from `since` to `until`, and between the item's own ends: its hours when the time
    of birth and that of the fact are known, else its days.
    """
    hour = "coalesce(f.at {} u.born_at + make_interval(hours => w.{}), {})"
    low = hour.format(">=", "from_hour", "f.date >= u.anchor + w.lo")
    high = hour.format("<", "until_hour", "f.date <= u.anchor + w.hi")
    return f"f.date BETWEEN {since} AND {until} AND {low} IS NOT FALSE AND {high} IS NOT FALSE"


def of_delivery(unit: Delivery, fact: str) -> str:
    """Condition on a fact and `u`: by its visit or its day it belongs to the delivery; a child's by its birth."""
    near = f"BETWEEN u.anchor - {unit.near_days} AND u.anchor + {unit.near_days}"
    return f"""{fact}.date <= u.d AND CASE WHEN {fact}.child_id IS NULL
        THEN {fact}.date {near} OR {fact}.encounter_id = ANY (u.visits) ELSE {fact}.value_date {near} END"""


def hosts(standard: Standard, first: Mapping[str, int]) -> Iterator[str]:
    """SELECTs of more hits: whoever's visit holds the delivery, where nobody has said the place."""
    if isinstance(standard.population, Delivery):
        yield from (_host(standard.population, i, first[i.name]) for i in standard.items if i.provider_types)


def _host(unit: Delivery, item: Item, bit: int) -> str:
    kinds = ", ".join(map(quoted, item.provider_types))
    return f"""
    SELECT u.n, {bit}, 0, 0, {item.need:g}, u.anchor, f.receipt, f.seq, f.facility, f.value, f.value_date, f.value_code,
           f.concept, f.resource_type, f.resource_id
    FROM asked u JOIN f USING (person_id) JOIN facility host ON host.code = f.facility
    WHERE f.concept = {quoted(unit.delivery)} AND f.date BETWEEN u.anchor AND u.last_told AND f.hosted
      AND host.organization_type IN ({kinds})
      AND (f.date BETWEEN f.visit_start AND coalesce(f.visit_until, 'infinity')
           OR f.visit_start BETWEEN f.date - {unit.near_days} AND f.date + {unit.near_days})
      AND NOT EXISTS (SELECT FROM f o WHERE o.person_id = u.person_id AND o.concept = {quoted(item.unsaid or "")}
                      AND {of_delivery(unit, "o")})"""
