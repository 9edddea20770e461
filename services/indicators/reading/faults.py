"""What is wrong with a data file of this service: named by file, line and field, all faults at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.problems import Text


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault: where it stands and what would be right."""

    file: str
    line: int
    field: str
    text: Text

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.field}: {self.text.id} / {self.text.en}"


def fault(file: str, line: int, field: str, words_id: str, words_en: str) -> FileFault:
    """A fault in both languages."""
    return FileFault(file, line, field, Text(words_id, words_en))


class BadFile(Exception):  # noqa: N818 - it names the file, not the error
    """A data file that cannot be used; `faults` says why, line by line."""

    def __init__(self, faults: Sequence[FileFault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(f) for f in self.faults))
