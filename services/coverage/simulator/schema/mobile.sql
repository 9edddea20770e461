-- Where Mobile JKN calls each facility.
CREATE TABLE endpoint (provider TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
