"""The tokens of the pages: contrast in each mode, series that the colour-blind can tell apart, no stray colour.

Contrast: WCAG 2.2, "relative luminance" and "contrast ratio". Colour blindness: Machado, Oliveira and Fernandes (2009),
severity 1.0. Distance: CIE 1976 in Lab, D65.
"""

import itertools
import re
from pathlib import Path

import pytest

import jieyue.web

STATIC = Path(jieyue.web.__file__).parent / "static"
TEMPLATES = STATIC.parent / "templates"
MODES = ("light", "dark", "light large", "dark large")
GROUNDS = ("paper", "ground", "band", "hover", "brand-tint", "good-tint", "bad-tint", "care-tint", "hatch")
WORDS = ("ink", "ink-soft", "link")
#: Words in a colour of their own, and what they stand on besides their tint.
SAYING = ("brand", "good", "bad", "care")
ON = {
    "on-brand": ("brand", "brand-deep"),
    "on-bar": ("bar", "bar-deep"),
    "on-sample": ("sample",),
    "on-bad": ("bad",),
    "bar-focus": ("bar", "bar-deep", "sample"),
    "paper": ("off",),
    **{f"on-part-{n}": (f"part-{n}",) for n in range(8)},
    **{f"on-tile-{n}": (f"tile-{n}",) for n in range(5)},
}
SIMULATED = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def blocks() -> dict[str, dict[str, str]]:
    """Selector (with its media query, if one asks for the system's colours) → the tokens it sets."""
    text = re.sub(r"/\*.*?\*/", "", (STATIC / "tokens.css").read_text("utf-8"), flags=re.S)
    found: dict[str, dict[str, str]] = {}
    media = ""
    for match in re.finditer(r"(@media [^{]+)\{|(:root[^{]*)\{([^}]*)\}|\}", text):
        if match[1]:
            media = "system " if "prefers-color-scheme" in match[1] else ""
        elif match[2]:
            name = media + match[2].strip()
            found.setdefault(name, {}).update(re.findall(r"--jy-([\w-]+):\s*([^;]+);", match[3]))
        else:
            media = ""
    return found


def tokens(mode: str) -> dict[str, str]:
    own = blocks()
    dark, large = "dark" in mode, "large" in mode
    names = [":root"]
    names += [':root[data-theme="dark"]'] if dark else []
    names += [':root[data-size="large"]'] if large else []
    names += [':root[data-size="large"][data-theme="dark"]'] if dark and large else []
    return {name: value for block in names for name, value in own[block].items()}


def linear(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, matrix: tuple[tuple[float, ...], ...]) -> list[float]:
    red, green, blue = (
        min(1.0, max(0.0, sum(w * p for w, p in zip(row, linear(colour), strict=True)))) for row in matrix
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)]


def used_together() -> set[tuple[str, str]]:
    """Pairs of text and ground that one rule of the style sheet names."""
    text = "".join(path.read_text("utf-8") for path in STATIC.glob("*.css"))
    pairs = set()
    for rule in re.findall(r"\{([^{}]*)\}", text):
        word = re.search(r"(?<![\w-])color: var\(--jy-([\w-]+)\)", rule)
        ground = re.search(r"background(?:-color)?: var\(--jy-([\w-]+)\)", rule)
        if word and ground:
            pairs.add((word[1], ground[1]))
    return pairs


def test_contrast_is_measured_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("mode", MODES)
def test_every_word_can_be_read_on_its_ground(mode: str) -> None:
    own = tokens(mode)
    pairs = {(word, ground) for word in WORDS for ground in GROUNDS} | used_together()
    pairs |= {(word, ground) for word in SAYING for ground in ("paper", "ground", "band", f"{word}-tint")}
    pairs |= {(word, ground) for word, grounds in ON.items() for ground in grounds}
    faint = {
        f"{word} on {ground}": round(contrast(own[word], own[ground]), 2)
        for word, ground in sorted(pairs)
        if contrast(own[word], own[ground]) < 4.5
    }
    assert faint == {}


@pytest.mark.parametrize("mode", MODES)
def test_edges_marks_and_series_are_seen(mode: str) -> None:
    """What is no text needs 3 : 1: edges of fields, the focus, marks, series of charts."""
    own = tokens(mode)
    seen = ["line-strong", "focus", "care-mark", *(f"series-{n}" for n in range(1, 7))]
    assert {
        n: round(contrast(own[n], own["paper"]), 2) for n in seen if contrast(own[n], own["paper"]) < 3
    } == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("eyes", sorted(SIMULATED))
def test_series_stay_apart_for_colour_blind_readers(mode: str, eyes: str) -> None:
    own = tokens(mode)
    places = {n: lab(own[f"series-{n}"], SIMULATED[eyes]) for n in range(1, 7)}
    near = {
        (a, b): round(sum((p - q) ** 2 for p, q in zip(places[a], places[b], strict=True)) ** 0.5, 1)
        for a, b in itertools.combinations(places, 2)
    }
    assert {pair: distance for pair, distance in near.items() if distance < 12} == {}


def test_what_the_system_says_looks_like_what_is_chosen() -> None:
    own = blocks()
    assert own["system :root:not([data-theme])"] == own[':root[data-theme="dark"]']
    assert (
        own['system :root[data-size="large"]:not([data-theme])']
        == own[':root[data-size="large"][data-theme="dark"]']
    )
    light = {name for name, value in own[":root"].items() if value.startswith(("#", "rgb", "url"))}
    assert light == set(own[':root[data-theme="dark"]'])  # no colour is forgotten in the dark


def test_colours_have_a_name_everywhere_but_in_the_tokens() -> None:
    """A QR code alone is black on white in every mode."""
    sheets = [path for path in STATIC.glob("*.css") if path.name != "tokens.css"]
    written = [*sheets, *STATIC.glob("*.js"), *TEMPLATES.rglob("*.html")]
    stray = {
        path.name: found
        for path in written
        if (found := re.findall(r"(?<![&\w])#[0-9a-fA-F]{3,8}\b(?!-)", path.read_text("utf-8")))
    }
    assert stray == {}


def test_every_token_that_is_asked_for_exists() -> None:
    known = set(tokens("light"))
    asked: dict[str, set[str]] = {}
    for path in [
        *STATIC.glob("*.css"),
        *STATIC.glob("*.js"),
        *TEMPLATES.rglob("*.html"),
        *STATIC.parent.rglob("*.py"),
    ]:
        names = set(re.findall(r"--jy-([a-z][a-z0-9-]*[a-z0-9])(?![\w-]|\$|\{)", path.read_text("utf-8")))
        if unknown := names - known - {"series", "scale", "part", "tile"}:
            asked[path.name] = unknown
    assert asked == {}
