"""The one door: routing, limits, one OpenAPI, the documentation page and the front page. Stateless.

It knows no service by name and imports nothing but the kernel: what lies behind which address is handed to `build`.
"""
