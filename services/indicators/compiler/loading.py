"""Care standards read from TOML files and checked, every fault named by file, line and field."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from services.indicators.compiler.checks import beyond
from services.indicators.compiler.lines import lines_of, shape_faults
from services.indicators.compiler.schema import Standard
from services.indicators.compiler.together import together
from services.indicators.reading.concepts import HERE
from services.indicators.reading.faults import BadFile, FileFault
from services.kernel.problems import Text


def load(concepts: frozenset[str], folders: Sequence[Path] = (HERE,)) -> tuple[Standard, ...]:
    """Every standard of the folders; a later folder's file replaces one of the same name. Raises BadFile."""
    return load_texts(texts_of(folders), concepts, growth_references((HERE, *folders)))


def texts_of(folders: Sequence[Path]) -> dict[str, str]:
    """The texts of the folders by file name; a later folder's replaces one of the same name."""
    files = {path.name: path for folder in folders for path in sorted(folder.glob("*.*.toml"))}
    return {name: path.read_text(encoding="utf-8") for name, path in files.items()}


def growth_references(folders: Sequence[Path] = (HERE,)) -> frozenset[str]:
    """The growth references there are."""
    found = (path.name for folder in folders for path in folder.glob("growth.*.tsv"))
    return frozenset(name.removeprefix("growth.").removesuffix(".tsv") for name in found)


def load_texts(files: Mapping[str, str], concepts: frozenset[str], references: frozenset[str]) -> tuple[Standard, ...]:
    """Every standard of these files (name → text), also held against each other. Raises BadFile."""
    found, faults = dict[str, Standard](), list[FileFault]()
    for name, text in files.items():
        try:
            found[name] = read(name, text, concepts, references)
        except BadFile as bad:
            faults += bad.faults
    if faults:
        raise BadFile(faults)
    return tuple(sorted(together(found, files), key=lambda s: (s.id, s.set)))


def read(file: str, text: str, concepts: frozenset[str], references: frozenset[str]) -> Standard:
    """One file, by itself. Raises BadFile with all that is wrong in it."""
    try:
        standard = Standard.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        wrong = Text("bukan TOML yang sah di baris ini", "not valid TOML on this line")
        raise BadFile([FileFault(file, int(found[1]) if found else 1, "-", wrong)]) from None
    except ValidationError as error:
        raise BadFile(list(shape_faults(file, text, error))) from None
    except (RecursionError, ValueError):  # a number of thousands of digits, lists in lists in lists
        wrong = Text("angka terlalu panjang atau tanda kurung terlalu dalam", "a number too long, or brackets too deep")
        raise BadFile([FileFault(file, 1, "-", wrong)]) from None
    if faults := list(beyond(file, lines_of(text), standard, concepts, references)):
        raise BadFile(faults)
    return standard
