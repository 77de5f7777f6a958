"""A picture as SVG. Not a template: a dashboard has some hundred shapes."""

from collections.abc import Iterator
from html import escape

from django.utils.safestring import SafeString

from jieyue.web.charts import Picture, Rect


def svg(picture: Picture, label: str) -> SafeString:
    """The picture with its label; every text in it is escaped."""
    name, said = escape(picture.name), escape(label)
    return SafeString(
        f'<div class="picture-frame" tabindex="0" role="group" aria-label="{said}">'
        f'<svg class="picture" id="{name}" viewBox="0 0 {picture.width} {picture.height}" role="img" '
        f'aria-label="{said}"><defs><pattern id="{name}-hatch" width="6" height="6" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" '
        'class="p-hatch-ground"/><path d="M0 0V6" class="p-hatch"/></pattern></defs>'
        f"{''.join(_shapes(picture))}</svg></div>"
    )


def _shapes(picture: Picture) -> Iterator[str]:
    for line in picture.lines:
        yield f'<path d="{line.path}" class="{line.css}"/>'
    for bar in picture.rects:
        yield _rect(picture, bar)
    for dot in picture.dots:
        yield f'<circle cx="{dot.x}" cy="{dot.y}" r="{dot.radius}" class="{dot.css}">{_title(dot.words)}</circle>'
    for text in picture.texts:
        css = f' class="{text.css}"' if text.css else ""
        yield f'<text x="{text.x}" y="{text.y}" text-anchor="{text.anchor}"{css}>{escape(text.text)}</text>'


def _rect(picture: Picture, bar: Rect) -> str:
    css, fill = bar.css, ""
    if bar.hatch:
        css, fill = "p-hatched", f' fill="url(#{escape(picture.name)}-hatch)"'
    place = f'x="{bar.x}" y="{bar.y}" width="{bar.width}" height="{bar.height}"'
    return f'<rect {place} class="{css}"{fill}>{_title(bar.words)}</rect>'


def _title(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""
