"""Pieces of SQL that every part of the compiler uses."""

NO_MONTHS = "NULL::int AS m_first, NULL::int AS m_last, NULL::date AS m_since, NULL::date AS m_until"
"""The columns of `unit` that only monthly items need, where there are none."""


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def completes(birth: str, months: str) -> str:
    """The day on which so many months of age are completed; a day the month lacks is the 1st of the next month."""
    month = f"date_trunc('month', {birth}::timestamp)"
    return (
        f"least(({month} + make_interval(months => {months}))::date + extract(day FROM {birth})::int - 1, "
        f"({month} + make_interval(months => {months} + 1))::date)"
    )


def year_days(year: str, first_month: int) -> tuple[str, str]:
    """First and last day of a standard's year; one that does not begin in January is called by its end."""
    if first_month == 1:
        return f"make_date({year}, 1, 1)", f"make_date({year}, 12, 31)"
    return f"make_date({year} - 1, {first_month}, 1)", f"make_date({year}, {first_month}, 1) - 1"
