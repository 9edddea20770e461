-- The links that were given out, and until when they open their page. Whose they are is not kept.
CREATE TABLE icare_link (token TEXT PRIMARY KEY, provider TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
