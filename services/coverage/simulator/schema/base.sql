-- Who may sign in beside the public account, and what a test or a demo has fixed about members.
CREATE TABLE account (cons_id TEXT PRIMARY KEY, said TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE member_change (
    id INTEGER PRIMARY KEY, nik TEXT NOT NULL, at REAL NOT NULL, said TEXT NOT NULL  -- empty: free again
);
CREATE INDEX member_change_nik ON member_change (nik, id);
CREATE TABLE card (card TEXT PRIMARY KEY, nik TEXT NOT NULL) WITHOUT ROWID;  -- given out, not computable back
CREATE TABLE counter (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
