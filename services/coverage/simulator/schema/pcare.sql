-- What facilities have entered in PCare. Days are ISO; bodies are kept as they were accepted.
CREATE TABLE registration (
    provider TEXT NOT NULL, day TEXT NOT NULL, seq INTEGER NOT NULL, no_urut TEXT NOT NULL,
    card TEXT NOT NULL, poli TEXT NOT NULL, body TEXT NOT NULL, visit TEXT, at REAL NOT NULL,
    PRIMARY KEY (provider, day, no_urut), UNIQUE (provider, day, card, poli)
) WITHOUT ROWID;
CREATE INDEX registration_order ON registration (provider, day, seq);
CREATE TABLE visit (
    no TEXT PRIMARY KEY, provider TEXT NOT NULL, day TEXT NOT NULL, no_urut TEXT NOT NULL, card TEXT NOT NULL,
    poli TEXT NOT NULL, body TEXT NOT NULL, referred INTEGER NOT NULL, at REAL NOT NULL, changed REAL
) WITHOUT ROWID;
CREATE INDEX visit_card ON visit (card, day, no);
CREATE INDEX visit_day ON visit (provider, day, no);
