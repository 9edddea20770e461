"""Indicators: every number of the house, and the people behind it.

Owns facts (one dated clinical statement each, read from the shared record's events), standings (how each person,
pregnancy or child stands in each care standard), tallies (what the dashboards read), the care standards themselves
(data files in `standards/`) and the official targets. Knows no names.
"""
