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
CREATE TABLE part (  -- what hangs on a visit: obat, tindakan, MCU
    sk INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, visit TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX part_visit ON part (visit, kind, sk);
CREATE TABLE activity (edu_id TEXT PRIMARY KEY, provider TEXT NOT NULL, day TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX activity_day ON activity (provider, day);
CREATE TABLE participant (edu_id TEXT NOT NULL, card TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (edu_id, card)) WITHOUT ROWID;
