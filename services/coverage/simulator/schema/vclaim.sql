-- What hospitals have entered in VClaim. Days are ISO; bodies are kept as they were accepted.
CREATE TABLE sep (
    no TEXT PRIMARY KEY, provider TEXT NOT NULL, card TEXT NOT NULL, day TEXT NOT NULL, kind TEXT NOT NULL,
    referral TEXT, kind_of_referral TEXT, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sep_referral ON sep (referral);
CREATE INDEX sep_card ON sep (card, day);
CREATE INDEX sep_day ON sep (provider, day, kind);
CREATE TABLE hospital_referral (
    no TEXT PRIMARY KEY, provider TEXT NOT NULL, card TEXT NOT NULL, sep TEXT NOT NULL, day TEXT NOT NULL,
    planned TEXT NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX hospital_referral_card ON hospital_referral (card, day);
CREATE TABLE prb (
    no TEXT PRIMARY KEY, provider TEXT NOT NULL, card TEXT NOT NULL, sep TEXT NOT NULL, day TEXT NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX prb_day ON prb (provider, day);
