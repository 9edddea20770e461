"""From a care standard to SQL: `schema` (the data file), `populations` (who is counted, a module a kind), `items`
(what each must have received), `statements` (the whole).
"""
