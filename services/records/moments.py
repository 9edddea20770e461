"""FHIR dates as moments. A date without a time or zone is local (Asia/Jakarta); moments are UTC."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

LOCAL = timezone(timedelta(hours=7), "WIB")  # Asia/Jakarta has had no other offset since 1964
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


def earliest(text: str) -> datetime | None:
    """The first moment a FHIR date, dateTime, instant or partial date can mean; None when it is none."""
    try:
        if len(text) > 10:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is UTC:
                return moment
            return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
        year, month, day = int(text[:4]), int(text[5:7] or 1), int(text[8:10] or 1)
        return datetime(year, month, day, tzinfo=LOCAL).astimezone(UTC)
    except OverflowError:  # the first or last day of the calendar, seen from another zone
        return datetime.min.replace(tzinfo=UTC) if text.startswith("0001") else datetime.max.replace(tzinfo=UTC)
    except ValueError:
        return earliest(text.replace(":60", ":59")) if ":60" in text else None


def latest(text: str) -> datetime | None:
    """The last moment it can mean: the end of the day, month or year of a partial date."""
    first = earliest(text)
    if first is None or len(text) > 10:
        return first
    if len(text) == 10:
        return first + _DAY - _INSTANT
    year, month = int(text[:4]), int(text[5:7] or 12)
    year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    if year > 9999:
        return datetime.max.replace(tzinfo=UTC)
    return datetime(year, month, 1, tzinfo=LOCAL).astimezone(UTC) - _INSTANT


def in_order(period: dict[str, Any]) -> bool:
    """Whether a valid Period ends no earlier than it starts (per-1)."""
    start, end = period.get("start"), period.get("end")
    if start is None or end is None:
        return True
    if len(start) == len(end) and start[19:] == end[19:]:  # same precision, same zone: text order is time order
        return bool(start <= end)
    first, last = earliest(start), latest(end)
    return first is None or last is None or first <= last
