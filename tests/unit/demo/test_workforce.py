"""The workforce files: what the script writes, with numbers no register issues."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import make_network, make_workforce
from deploy.demo.network import FOLDER, rows


def test_the_files_are_what_the_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = []

    def write(name: str, header: str, lines: Any) -> None:
        names.append(name)
        make_network.write(name, header, lines, tmp_path)

    monkeypatch.setattr(make_workforce, "write", write)
    make_workforce.main()
    for name in names:
        assert (FOLDER / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")


def test_one_human_has_one_number_one_name_one_nik() -> None:
    people = {(r["id"], r["name"], r["nik"]) for r in rows("practitioners.csv")}
    assert len({p[0] for p in people}) == len(people) == len({p[2] for p in people})
    assert all(nik.startswith("1499") for _, _, nik in people)
    with (FOLDER / "practitioners.csv").open() as file:
        places = Counter(r["id"] for r in csv.DictReader(file))
    assert max(places.values()) == 3
