"""Numbers of persons as the page shows them: enough to recognise, too little to use."""

import re
from typing import Any

_NUMBER = re.compile(r"(?<!\d)\d{13,16}(?!\d)")


def masked(text: str) -> str:
    """A text with its card numbers and NIK shortened to "0577…56"."""
    return _NUMBER.sub(lambda m: f"{m[0][:4]}…{m[0][-2:]}", text)


def masked_in(value: Any) -> Any:
    """The same all through a JSON value."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [masked_in(item) for item in value]
    if isinstance(value, dict):
        return {key: masked_in(item) for key, item in value.items()}
    return value
