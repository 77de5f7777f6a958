"""The bar by duty: what a person came to do, not what the product is made of.

A new page comes in by one line: a `Part` of its section, whose code is the `section=` of its views. A part of which
there is no page yet is not listed. The order is the same for all; who may not do a thing does not see it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from jieyue.apps.jointreview.scope import reads
from jieyue.web.access import VIEW, Access

#: Verbs of those who judge returns.
JUDGES = ("pass", "return", "approve", "reopen")
#: Verbs of those who enter returns.
ENTERS = ("enter", "submit")
#: More than this many entries are not taken in at a glance; what is over goes into the menu of the administration.
MOST = 7

#: What says which table of a body is meant.
_TABLE = ("period", "form", "body")

Who = Callable[[Access], bool]


def may(*verbs: str) -> Who:
    """Who may do one of the verbs anywhere."""
    return lambda access: any(access.may(verb) for verb in verbs)


def somewhere(*verbs: str) -> Who:
    """Who may do one of the verbs at least for some forms and periods."""
    return lambda access: any(access.may_somewhere(verb) for verb in verbs)


def bodies(access: Access) -> bool:
    """Who looks at bodies, not only at single institutions."""
    return access.may(VIEW) and (access.whole or bool(access.tops))


def whole(access: Access) -> bool:
    """Who sees the whole authority, and with it areas, departments and types."""
    return access.may(VIEW) and access.whole


def publishes(access: Access) -> bool:
    """Who lets data out to everybody."""
    return access.whole and access.may("publish")


def only_own(access: Access) -> bool:
    """Who looks at single institutions alone: his own."""
    return access.may(VIEW) and bool(access.leaves) and not bodies(access)


def files(access: Access) -> bool:
    """Who enters returns for institutions of his own, or for others."""
    return somewhere(*ENTERS)(access)


def sits(access: Access) -> bool:
    """Who takes part in joint reviews."""
    return reads(access) and not only_own(access)


def arranges(access: Access) -> bool:
    """Who says when the authority's returns are due, and who only checks them."""
    return access.may_for_all("manage_schemes")


def reads_log(access: Access) -> bool:
    """Who reads the action log: it is the authority's, and no body has a part of it."""
    return access.may_for_all("read_log")


@dataclass(frozen=True)
class Part:
    """An entry of the second level: code (the `section=` of its pages), title, address, and who sees it.

    carries: the words of the address that go along to other parts of the section that take them too.
    """

    code: str
    title: str | Promise
    address: str
    who: Who
    args: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """An entry of the bar; it is shown to who sees one of its parts. menu: it stands in the menu at the right."""

    code: str
    title: str | Promise
    parts: tuple[Part, ...]
    menu: bool = False


SECTIONS = (
    Section("home", _("Workbench"), (Part("home", _("Workbench"), "home", lambda access: True),)),
    Section(
        "filing",
        _("Entry"),
        (
            Part("entry", _("This period's returns"), "returns", files),
            Part("workbook", _("Fill in by workbook"), "workbook", somewhere("enter")),
            Part("review", _("Findings"), "review", only_own),
            Part("meters", _("Metering"), "meters", only_own),
            Part("registry", _("My institutions"), "registry", only_own),
            Part("profile", _("My institution's profile"), "own-profile", only_own),
        ),
    ),
    Section(
        "judging",
        _("Review"),
        (
            Part("worklist", _("To review"), "worklist", somewhere(*JUDGES), carries=("period",)),
            Part("joint", _("Joint review"), "joint", sits, carries=("period",)),
            Part("review", _("Findings"), "review", bodies, carries=("period",)),
            Part("board", _("Progress and reminders"), "board", bodies, carries=("period",)),
            Part("spotchecks", _("Spot checks"), "spotchecks", bodies, carries=("period",)),
            Part("theirs", _("Theirs and ours"), "theirs", bodies),
            Part("auditing", _("Material to audit"), "auditing", somewhere("audit")),
        ),
    ),
    Section(
        "data",
        _("Data"),
        (
            Part("overview", _("Dashboard"), "overview", bodies, carries=("period",)),
            Part("quality", _("Data quality"), "quality", bodies, carries=("period",)),
            Part("data-line", _("By reporting line"), "data-tree", bodies, ("line",), ("period",)),
            Part("data-area", _("By area"), "data-tree", whole, ("area",), ("period",)),
            Part("data-department", _("By department"), "data-tree", whole, ("department",), ("period",)),
            Part("data-type", _("By type"), "data-tree", whole, ("type",), ("period",)),
            Part("map", _("Map"), "map", bodies, carries=("period",)),
            Part("change", _("Change"), "change", bodies, carries=("period",)),
            Part("summary", _("Summary table"), "summary", bodies, carries=_TABLE),
            Part("summary-cross", _("Free table"), "summary-cross", bodies, carries=_TABLE),
            Part("meters", _("Meters and load"), "meters", bodies),
        ),
    ),
    Section(
        "plan",
        _("Plan targets"),
        (
            Part("plan", _("Progress of the targets"), "plan", whole),
            Part("plan-tasks", _("Progress of the tasks"), "plan-tasks", whole),
            Part(
                "plan-sensitivity",
                _("Methods and sensitivity"),
                "plan-sensitivity",
                whole,
                carries=("period",),
            ),
            Part("plan-brief", _("One page"), "plan-brief", whole, carries=("period",)),
        ),
    ),
    Section(
        "papers",
        _("Papers"),
        (
            Part("papers", _("Official papers"), "papers", bodies, carries=("period",)),
            Part("paper-templates", _("Templates of papers"), "paper-templates", bodies),
            Part("papers-returned", _("Returned files checked"), "papers-returned", bodies),
        ),
    ),
    Section(
        "registry",
        _("Directory"),
        (
            Part("registry", _("Institutions"), "registry", bodies),
            Part("holdings", _("Buildings and equipment"), "holdings", bodies),
            Part("key-units", _("Key energy-using units"), "key-units", bodies),
        ),
    ),
    Section("publishing", _("Disclosure"), (Part("disclosure", _("Public data"), "disclosure", publishes),)),
    Section(
        "administration",
        _("Administration"),
        (
            Part("people", _("People"), "people", may("manage_reporters", "grant")),
            Part("handing", _("Delegation and hand-over"), "handing", may("manage_reporters", "grant")),
            Part("import", _("Import"), "imports", may("import", "publish")),
            Part("collecting", _("Collecting"), "collecting", arranges),
            Part("rules", _("Review rules"), "rules", bodies),
            Part("boundaries", _("Boundary files"), "boundaries", may("manage_registry")),
            Part("walls", _("Wall displays"), "walls", may("manage_reporters")),
            Part("jobs", _("Background work"), "jobs", may("operate")),
            Part("log", _("Action log"), "log", reads_log),
        ),
        menu=True,
    ),
)


@dataclass(frozen=True)
class Link:
    """A link of the frame, and whether it is where one is."""

    title: str | Promise
    href: str
    current: bool


@dataclass(frozen=True)
class Bar:
    """What the frame shows of the navigation: the entries, the parts of the present one, and the menu."""

    entries: list[Link]
    parts: list[Link]
    title: str | Promise
    menu: list[Link]


def bar(request: HttpRequest, access: Access, code: str) -> Bar:
    """The bar of a page. code: of the page's part; a code that no part has may be that of a section."""
    shown = [(section, found) for section in SECTIONS if (found := _parts(section, access))]
    here = next((one for one in shown if any(part.code == code for part in one[1])), None)
    here = here or next((one for one in shown if one[0].code == code), None)
    present = here[0] if here else None
    entries = [Link(s.title, _href(found[0]), s is present) for s, found in shown if not s.menu]
    menu = [part for section, found in shown if section.menu for part in found]
    return Bar(
        entries=entries[:MOST],
        parts=_links(request, code, here[1]) if here and len(here[1]) > 1 else [],
        title=present.title if present else "",
        menu=[*entries[MOST:], *(Link(p.title, _href(p), p.code == code) for p in menu)],
    )


def _parts(section: Section, access: Access) -> list[Part]:
    return [part for part in section.parts if part.who(access)]


def _href(part: Part) -> str:
    return reverse(part.address, args=part.args)


def _links(request: HttpRequest, code: str, parts: list[Part]) -> list[Link]:
    """The second level; what is chosen in the address goes along where the other page understands it."""
    carried = next((part.carries for part in parts if part.code == code), ())
    said = {word: request.GET[word] for word in carried if request.GET.get(word)}
    links = []
    for part in parts:
        query = urlencode({word: text for word, text in said.items() if word in part.carries})
        links.append(Link(part.title, _href(part) + (f"?{query}" if query else ""), part.code == code))
    return links
