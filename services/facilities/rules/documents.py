"""What a file of evidence is by its content, whatever it calls itself."""

from services.kernel.problems import Text

MOST_BYTES = 10 * 1024 * 1024
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
_TAIL = 2048
"""A PDF's end mark may be followed by a little of anything."""


def kind_of(content: bytes) -> str | None:
    """The media type of a whole PDF, JPEG or PNG; None for anything else, also for one that is cut off."""
    if content[:1024].lstrip().startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL:]:
        return PDF
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content.endswith(b"IEND\xaeB`\x82"):
        return PNG
    return None


NOT_EVIDENCE = Text(
    "Bukan PDF, JPEG, atau PNG yang utuh; periksa berkasnya", "Not a whole PDF, JPEG or PNG; check the file"
)
