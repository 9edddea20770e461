"""Run as a program: the cells of a workbook from stdin, pickled to stdout, within bounds of memory and time.

The reading library lays a sheet out as the rectangle around its cells, so that two cells in opposite corners ask for
hundreds of gigabytes, and what it cannot get ends the process. Hence a process of its own, see `sheets.xlsx`.
"""

import pickle
import resource
import sys
from io import BytesIO

TOO_LARGE, BROKEN = 3, 4
"""Exit codes. A signal (memory, time) means too large as well."""
MOST_MEMORY, MOST_SECONDS = 768 * 1024 * 1024, 60


def main(sheet: str, most_rows: int, most_columns: int) -> int:
    """Write the rows of the sheet of this name, else of the first."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
        names = book.sheet_names
        found = book.get_sheet_by_name(sheet if sheet in names else names[0])
        if found.height > most_rows or found.width > most_columns:
            return TOO_LARGE
        pickle.dump(found.to_python(skip_empty_area=False), sys.stdout.buffer)
    except MemoryError:
        return TOO_LARGE
    except (CalamineError, IndexError, OSError, ValueError):
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
