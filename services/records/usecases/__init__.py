"""The verbs of the shared record: `writing` (store, correct, delete), `reading`, `visits`, `imports`."""
