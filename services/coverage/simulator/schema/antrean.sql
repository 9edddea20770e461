-- What facilities have told of their queues. `who` is the card, or the NIK of who has none.
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY, provider TEXT NOT NULL, day TEXT NOT NULL, poli TEXT NOT NULL, who TEXT NOT NULL,
    card TEXT NOT NULL, number TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL, changed REAL
);
CREATE UNIQUE INDEX ticket_one ON ticket (provider, day, poli, who) WHERE state <> 'cancelled';
