"""Pictures of pages against those that are kept: who changes one says which and why."""

import os
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw
from playwright.sync_api import Page

#: How far [of 255] a pixel may be off before it counts, and how many may count: less than one changed digit.
FAR = 96
FEW = 25

#: What no picture can hold still: codes that are drawn anew in each home, and when it was made.
LEFT_OUT = "code, time, [data-part=as-of], [data-part=looked-at]"

Box = tuple[float, float, float, float]


def updates() -> bool:
    """Whether the pictures are to be written anew."""
    return os.environ.get("UPDATE_GOLDEN") == "1"


def compare(
    seen: Image.Image,
    kept: Path,
    folder: Path,
    reduced: Callable[[Image.Image], Image.Image],
    blank: tuple[Box, ...] = (),
) -> None:
    """Hold a picture against the kept one, in as many colours; leaves both and where they differ in `folder`.
    blank: what is not looked at in either."""
    if updates():
        kept.parent.mkdir(exist_ok=True)
        reduced(seen).save(kept, optimize=True)
        return
    assert kept.exists(), f"no picture {kept.name}: UPDATE_GOLDEN=1 writes it"
    golden, now = Image.open(kept).convert("L"), reduced(seen).convert("L")
    assert golden.size == now.size
    for picture in (golden, now):
        for box in blank:
            ImageDraw.Draw(picture).rectangle(box, fill=0)
    apart = ImageChops.difference(golden, now).point(lambda value: 255 if value > FAR else 0)
    count = apart.histogram()[255]
    if count > FEW:
        reduced(seen).save(folder / f"{kept.stem}-seen.png")
        apart.save(folder / f"{kept.stem}-apart.png")
    assert count <= FEW, (
        f"{kept.stem} looks different in {count} pixels within {apart.getbbox()}; see {folder} beside {kept}, "
        "and write the pictures anew (UPDATE_GOLDEN=1) in a commit that says what changed and why"
    )


def boxes(page: Page) -> tuple[Box, ...]:
    """Where on the page lies what no picture can hold still."""
    found = page.evaluate(
        """(kind) => Array.from(document.querySelectorAll(kind), (one) => one.getBoundingClientRect())
            .filter((one) => one.width && one.height)
            .map((one) => [one.left - 1, one.top - 1, one.right + 1, one.bottom + 1])""",
        LEFT_OUT,
    )
    return tuple(tuple(box) for box in found)
