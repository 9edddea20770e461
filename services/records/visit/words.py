"""From the words a doctor writes to codes: a short list of the diagnoses and medicines of primary care.

The list is the project's own (`icd10.tsv`, `medicines.tsv`): names and synonyms of what primary care sees, notifies
(SKDR) and counts (SPM). It is no terminology service: what it does not know stays as it was said, with a warning.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).parent
_DEGREES = frozenset(
    """ringan sedang berat terkontrol stage grade derajat tingkat stadium 1 2 3 4 i ii iii iv
    kanan kiri dextra sinistra bilateral dd od os ods""".split()  # noqa: SIM905 - a page of quotes reads worse
)
"""Words that only say how much or where: the diagnosis is the same without them."""
MOST = 8
_CODE = re.compile(r"[A-Z]\d[\d.A-Z]{0,4}")


class Match(NamedTuple):
    """A code for words: how surely ("exact", "near"), or the choices when there are several."""

    code: str | None
    display: str | None
    near: bool = False
    choices: tuple[tuple[str, str], ...] = ()


class Lexicon:
    """One list: code, name, synonyms."""

    def __init__(self, rows: Mapping[str, tuple[str, ...]]) -> None:
        self.names = {code: names[0] for code, names in rows.items()}
        self._exact: dict[str, list[str]] = {}
        self._tokens: list[tuple[frozenset[str], str]] = []
        for code, names in rows.items():
            for name in names:
                plain = _plain(name)
                if code not in self._exact.setdefault(plain, []):
                    self._exact[plain].append(code)
                self._tokens.append((frozenset(plain.split()), code))

    def find(self, words: str) -> Match:
        """The code for these words: by their whole, without degrees, or by all their words standing in one name."""
        plain = _plain(words)
        codes = self._exact.get(plain, [])
        if len(codes) == 1:
            return Match(codes[0], self.names[codes[0]], near="suspek" in plain and not codes[0].startswith("Z"))
        if not codes:
            bare = " ".join(t for t in plain.split() if t not in _DEGREES)
            codes = self._exact.get(bare, []) or self._holding(bare)
        if len(codes) == 1:
            return Match(codes[0], self.names[codes[0]], near=True)
        return Match(None, None, choices=tuple((c, self.names[c]) for c in codes[:MOST]))

    def search(self, words: str) -> list[tuple[str, str]]:
        """What these words may mean, for somebody who looks for the code; or the names of a code or its beginning."""
        if _CODE.fullmatch(code := words.strip().upper()):
            begun = sorted(c for c in self.names if c.startswith(code))
            return [(c, self.names[c]) for c in begun[:MOST]]
        found = self.find(words)
        return [(found.code, found.display or "")] if found.code else list(found.choices)

    def _holding(self, plain: str) -> list[str]:
        wanted = frozenset(t for t in plain.split() if len(t) > 1)
        if not wanted:
            return []
        return list(dict.fromkeys(code for tokens, code in self._tokens if wanted <= tokens))


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", words.lower()).split())


def _load(name: str) -> Lexicon:
    rows: dict[str, tuple[str, ...]] = {}
    for line in (_HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, title, *synonyms = line.split("\t")
            more = synonyms[0].split(";") if synonyms else []
            rows[code] = (title.strip(), *(s.strip() for s in more if s.strip()))
    return Lexicon(rows)


@cache
def diagnoses() -> Lexicon:
    """ICD-10 by Indonesian and English words."""
    return _load("icd10.tsv")


@cache
def medicines() -> Lexicon:
    """KFA by the names used in programmes."""
    return _load("medicines.tsv")
