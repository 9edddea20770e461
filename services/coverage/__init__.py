"""JKN, the national health insurance: who is a member, where they are registered, and the line to BPJS Kesehatan.

Owns the member state of each person and the events about it, the PCare connector (`bpjs`), and a simulator of
the BPJS side (`simulator`) for demos and tests. It keeps no names and no NIK: the numbers BPJS is asked by come
from the request or from records, are used for one call and are forgotten.
"""
