"""The shared record: one person, one record, whoever wrote it.

Owns persons and their identifiers, every FHIR resource with its versions, plain-JSON visits, bulk imports, and the
access decision (who may see whose record, and why). The only FHIR store and the only FHIR door of the house.
"""
