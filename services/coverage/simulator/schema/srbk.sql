-- Referrals by competency: the visit's number, the Encounter it is about, and the numbers SATUSEHAT gave.
CREATE TABLE srbk_referral (
    no TEXT PRIMARY KEY, encounter TEXT NOT NULL, request TEXT NOT NULL, theirs TEXT NOT NULL, body TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
