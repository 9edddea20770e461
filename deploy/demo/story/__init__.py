"""The story in six chapters: `STORY` is its steps, `Stage` the running system they are played on."""

from deploy.demo.story import chapter1, chapter2, chapter3, chapter4, chapter5, chapter6
from deploy.demo.story.stage import Stage, open_stage
from deploy.demo.story.step import STORY, Failed, Shown, Step

CHAPTERS = {
    number: chapter.__doc__.split(". ", 1)[1].split("\n")[0] if chapter.__doc__ else ""
    for number, chapter in enumerate((chapter1, chapter2, chapter3, chapter4, chapter5, chapter6), 1)
}

__all__ = ["CHAPTERS", "STORY", "Failed", "Shown", "Stage", "Step", "open_stage"]
