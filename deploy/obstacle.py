"""The one way a command of this house says "I cannot go on": a plain sentence and a way out, no traceback."""


class Obstacle(Exception):  # noqa: N818 - it names the thing, and is no error of ours
    """Something outside the program stands in the way; the person at the keyboard can remove it.

    Holds the sentence in Indonesian and in English. The command line prints both and ends with status 2.
    """

    def __init__(self, *, id: str, en: str) -> None:  # noqa: A002 - the language tag
        self.id = id
        self.en = en
        super().__init__(f"{id}\n{en}")
