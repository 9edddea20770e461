"""The hardened FHIR R4 schema: `r4.json.gz` is made by `build.py` and read by `source.py`."""
