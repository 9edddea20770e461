"""The BPJS protocol: signatures, sealed answers, envelopes, and the PCare client that speaks it.

Knows nothing of our database or our routes; issue by issue it grows one module per BPJS service.
"""
