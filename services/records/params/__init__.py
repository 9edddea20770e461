"""What a search asks, read from its address: the table of parameters, their values, the whole query."""

from services.records.params.query import Query, number, parse

__all__ = ["Query", "number", "parse"]
