"""What an institution's energy statement is made from: its profile, its months, what is open of its returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.conf import settings
from django.db.models import QuerySet

from jieyue.apps.accounts.derived import Derived
from jieyue.apps.accounts.derived_words import REASONS
from jieyue.apps.accounts.peers import Band
from jieyue.apps.accounts.queries import FigureRow, institution_history
from jieyue.apps.insights.profile import Profile, profile_of
from jieyue.apps.papers.content import Cell, Kind, Number, Status, Text
from jieyue.apps.papers.numbers import derived, directed, figure
from jieyue.apps.papers.words import printed, unit_zh
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import InstitutionInfo
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import FindingRow, shown
from jieyue.domain.period import Period

ENERGY, WATER = "energy_total_tce", "water_total_m3"
#: What is told by month.
MONTHLY = (ENERGY, WATER)
PER_AREA = "energy_per_area_kgce_m2"
_KILOGRAMS = 1000


@dataclass(frozen=True)
class Facts:
    """months: indicator and month → figure, of both years. findings: open ones of the year's returns, as the reader
    may see them; earlier: none, for S is not the newest and which were open then is not kept. address: of the page of
    a receipt, before its number; empty where no address is known."""

    own: InstitutionInfo
    year: Period
    sequence: int
    profile: Profile
    months: Mapping[tuple[str, str], FigureRow]
    findings: Sequence[FindingRow]
    address: str = ""
    earlier: bool = False

    @property
    def scope(self) -> str:
        """The institution's scope."""
        return f"institution:{self.own.code}"

    @property
    def inside(self) -> bool:
        """Whether another institution's returns speak for it."""
        return self.own.unit not in (None, self.own.id)

    @property
    def before(self) -> Period:
        """The year before."""
        return self.year.previous_year()

    def now(self, code: str) -> FigureRow:
        """A figure of the year."""
        return self.profile.now[code]

    def then(self, code: str) -> FigureRow:
        """A figure of the year before."""
        return self.profile.then[code]

    def band(self, code: str) -> Band | None:
        """Its peers by an intensity; None while they are being computed."""
        return next((one for one in self.profile.bands or () if one.indicator == code), None)

    def made(self, code: str, value: Fraction | None, unit: str, decimals: int, source: str) -> Number:
        """A number made from the figure of an indicator and from what stands beside it: peers, a share."""
        return derived(code, value, unit, decimals, [self.now(source)], "不足以计算")


def facts_of(
    own: InstitutionInfo,
    year: Period,
    *,
    sequence: int,
    findings: QuerySet[ReviewFinding],
    address: str = "",
    profile: Profile | None = None,
    months: Mapping[tuple[str, str], FigureRow] | None = None,
    newest: int = 0,
) -> Facts:
    """Both years and their months, computed once and stored. findings: those that the reader may see. profile, months,
    newest (publication): what a page has read of them already; no months: an empty one."""
    if profile is None:
        profile = profile_of(own.id, own.code, str(year), sequence=sequence, compute=True)
        assert profile is not None
    if months is None:
        months = months_of(own, year, sequence=sequence) or {}
    earlier = sequence < (newest or last_done())
    named = [str(year), *map(str, year.months())]
    open_ones = findings.filter(subject=own.id, period__in=named, state=ReviewFinding.State.OPEN)
    return Facts(
        own,
        year,
        sequence,
        profile,
        months,
        () if earlier else shown(open_ones.order_by("severity", "rule", "period", "pk")),
        address,
        earlier,
    )


def months_of(
    own: InstitutionInfo,
    year: Period,
    *,
    sequence: int,
    compute: bool = True,
    codes: Sequence[str] = MONTHLY,
) -> dict[tuple[str, str], FigureRow] | None:
    """Indicator and month → figure, of the year and the one before; compute False: None where they never were
    computed."""
    months = [str(month) for span in (year.previous_year(), year) for month in span.months()]
    rows = institution_history(own.id, codes, months, sequence=sequence, compute=compute, code=own.code)
    return None if rows is None else {(row.indicator, row.period): row for row in rows}


def is_synthetic() -> bool:
    """Whether this home holds no real institution's numbers."""
    return bool(settings.JIEYUE_HOME.synthetic)


def carrier_zh(code: str) -> str:
    """A carrier's name."""
    return home_catalog().carriers[code].name_zh


# -- derived figures as numbers ---------------------------------------------------------------------------------


def number_of(found: Derived, *, times: int = 1, unit: str = "", decimals: int | None = None) -> Number:
    """A derived figure with its sign; times, unit, decimals: told in another unit than its own."""
    own = unit or unit_zh(found.unit)
    value = None if found.value is None else found.value * times
    if value is None:
        text = REASONS.get(found.reason, REASONS["missing"])[0]
    elif decimals is None:
        text = printed(value, len((found.display or "").partition(".")[2]))
    else:
        text = printed(value, decimals)
    status = Status(found.status)
    return Number(
        text, own, f"{found.op.value}({found.indicator})", found.scope, "", value, found.receipt, status,
        Kind.DERIVED, parts=found.parts,
    )  # fmt: skip


def kilograms(found: Derived) -> Number:
    """An effect in tonnes of standard coal, in kilograms."""
    return number_of(found, times=_KILOGRAMS, unit="千克标准煤", decimals=0)


def change_cell(found: Derived | None, lead: str = "") -> Cell:
    """上升 12.5: its direction is a word and its number has no sign; without one the reason."""
    if found is None:
        return (Text("不足以计算"),)
    number = number_of(found)
    if number.value is None or found.direction is None:
        return (Text(lead), number) if lead else (number,)
    return directed(lead, number, _decimals(number.text))


def together(found: Sequence[Derived]) -> Cell:
    """Several effects as one: their sum, bound to each; not known where one is not."""
    known = [one.value for one in found if one.value is not None]
    if len(known) < len(found):
        return change_cell(None)
    total, first = sum(known, Fraction(0)), found[0]
    decimals = _decimals(first.display or "")
    text = printed(abs(total), decimals)
    worst = any(one.status == Status.PROVISIONAL.value for one in found)
    number = Number(
        text, unit_zh(first.unit), f"{first.op.value}(others)", first.scope, "", total, "",
        Status.PROVISIONAL if worst else Status.FINAL, Kind.DERIVED, parts=tuple(one.receipt for one in found),
    )  # fmt: skip
    return directed("", number, decimals)


def _decimals(text: str) -> int:
    """How many decimals a number is printed with."""
    return len(text.partition(".")[2])


def figure_cell(row: FigureRow) -> Cell:
    """A figure in a table."""
    return (figure(row),)
