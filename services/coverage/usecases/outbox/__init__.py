"""The outbox: each thing owed to BPJS is sent once, in its facility's order, and proved.

`port` says what a kind (visit, ticket) brings; `engine` takes one delivery as far as it goes; `worker` serves the
queues; `owing` is how others put something in; `looking` is what people see and decide.
"""
