"""From events of the record to facts: `concepts` (which codings mean what), `facts` (one dated statement each), `rows`
(what comes out).
"""
