"""All SQL of the shared record, by aggregate: `visible`, `store`, `reading`, `search`, `people`, `imports`."""
