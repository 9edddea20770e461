"""A stand-in for BPJS Kesehatan: the same addresses, signatures, sealing and moods, with made-up members.

For demos and tests. It shares only the protocol's cryptography with the connector, keeps its world in a folder,
and gives the same member for the same NIK for ever. `app.build` makes it.
"""
