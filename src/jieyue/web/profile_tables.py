"""The profile of an institution as sentences and tables."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.accounts.derived import Derived, change, relative
from jieyue.apps.accounts.derived_words import words
from jieyue.apps.accounts.peer_statistics import percentile_of, quantile_of_peers
from jieyue.apps.accounts.peers import ABSENT, LEVEL_WORDS, Band
from jieyue.apps.insights.profile import COMPARED, ORIGIN_SHARES, Profile
from jieyue.apps.insights.why import PART_OF_YEAR, SIZES, Cause
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.rounding import display
from jieyue.web.meter_words import carrier_words
from jieyue.web.numbers import figure_cell
from jieyue.web.overview_cards import statistic_cell
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import MISSING_TEXT, grouped, indicator_name, is_chinese, joined, period_name, unit

_PER_AREA = "energy_per_area_kgce_m2"
_SAID = ("water_total_m3", "co2_total_t", "energy_cost_yuan")


def sentences(found: Profile) -> list[str]:
    """The conclusions: energy, water, carbon and money against the year before, and the place among peers."""
    return [_energy(found), *(_amount(found, code) for code in _SAID), _place(found)]


def _energy(found: Profile) -> str:
    row = found.now["energy_total_tce"]
    year = period_name(found.year)
    if row.display is None:
        return _("%(year)s: its energy is not known in full; nothing is compared.") % {"year": year}
    return _(
        "In %(year)s the institution used %(value)s tce of energy, year on year %(change)s: "
        "buildings %(buildings)s tce, vehicles %(vehicles)s tce.%(status)s"
    ) % {
        "year": year,
        "value": grouped(row.display),
        "change": _said(relative(row, found.then["energy_total_tce"])),
        "buildings": _text(found, "energy_building_tce"),
        "vehicles": _text(found, "energy_vehicle_tce"),
        "status": _status(row.status),
    }


def _amount(found: Profile, code: str) -> str:
    row = found.now[code]
    if row.display is None:
        return _("%(name)s: not reported in full; nothing is compared.") % {"name": indicator_name(code)}
    return _("%(name)s: %(value)s %(unit)s, year on year %(change)s.%(status)s") % {
        "name": indicator_name(code),
        "value": grouped(row.display),
        "unit": unit(row.unit),
        "change": _said(relative(row, found.then[code])),
        "status": _status(row.status),
    }


def _place(found: Profile) -> str:
    band = next((one for one in found.bands or () if one.indicator == _PER_AREA), None)
    if band is None:
        return _not_yet(found)
    if band.level == ABSENT:
        return _(
            "In %(year)s the institution is not among those that are counted: it has no place among peers."
        ) % {"year": period_name(found.year)}
    if not band.level:
        return _("Fewer than 10 peers have a number: no place among them is given.")
    if band.percentile is None:
        return _("Its energy per floor area is not known: it has no place among its %(n)s peers.") % {
            "n": f"{band.n:,}"
        }
    return _(
        "Its building energy per floor area, %(own)s %(unit)s, stands at percentile %(place)s (from low to high) of "
        "%(n)s peers; their median is %(median)s. A statistic of this system, no quota."
    ) % {
        "own": _text(found, _PER_AREA),
        "unit": unit(found.now[_PER_AREA].unit),
        "place": display(band.percentile, 0),
        "n": f"{band.n:,}",
        "median": _shown(band.quantiles[50], _PER_AREA),
    }


def _not_yet(found: Profile) -> str:
    if found.kept:
        return _("Its place among peers is being computed; look again in a few minutes.")
    return _(
        "Its place among peers is kept ready for the last year; of %(year)s it is computed when asked for."
    ) % {"year": period_name(found.year)}


def changed(found: Profile, more: Mapping[str, str]) -> Table:
    """What changed: each indicator now and then."""
    rows = []
    for code in COMPARED:
        now, then = found.now[code], found.then[code]
        rows.append(
            Row(
                (
                    Cell(indicator_name(code), code, heading=True),
                    Cell(unit(now.unit)),
                    figure_cell(then, more),
                    figure_cell(now, more),
                    _cell(change(now, then)),
                    _cell(relative(now, then)),
                )
            )
        )
    year = int(found.year)
    return _table(
        _("What changed"),
        "profile-change",
        (
            ("indicator", _("Indicator"), False),
            ("unit", _("Unit"), False),
            ("then", period_name(str(year - 1)), True),
            ("now", period_name(found.year), True),
            ("change", _("Change"), False),
            ("relative", _("Year on year"), False),
        ),
        rows,
    )


def position(found: Profile, more: Mapping[str, str]) -> Table:
    """The place among peers by each intensity; never another's number."""
    return _table(
        _("Place among peers"),
        "profile-peers",
        (
            ("indicator", _("Indicator"), False),
            ("unit", _("Unit"), False),
            ("own", _("This institution"), True),
            ("percentile", _("Percentile, from low to high"), True),
            ("p25", _("Lower quartile"), True),
            ("p50", _("Median"), True),
            ("p75", _("Upper quartile"), True),
            ("n", _("Peers with a number"), True),
            ("level", _("Who they are"), False),
        ),
        [_peer_row(found, one, more) for one in found.bands or ()],
        empty=_not_yet(found),
    )


def _peer_row(found: Profile, band: Band, more: Mapping[str, str]) -> Row:
    own = found.now[band.indicator]
    zh, en = LEVEL_WORDS[band.level]
    return Row(
        (
            Cell(indicator_name(band.indicator), band.indicator, heading=True),
            Cell(unit(own.unit)),
            figure_cell(own, more),
            _number(None)
            if band.percentile is None
            else statistic_cell(percentile_of(own, (band.percentile, band.n))),
            *(
                statistic_cell(quantile_of_peers(own, share, (band.quantiles[share], band.n)))
                if band.quantiles
                else _number(None)
                for share in (25, 50, 75)
            ),
            _number(str(band.n) if band.n else None),
            Cell(zh if is_chinese() else en),
        )
    )


def reasons(found: Profile) -> Table:
    """Why energy changed: one column by floor area, one by persons; each sums to the change by itself."""
    names = list(dict.fromkeys(name for cause in found.causes for name in cause.intensities or {}))
    rows = []
    if any(cause.size is not None for cause in found.causes):
        rows = [
            _cause_row(_("The size (floor area, or persons)"), [cause.size for cause in found.causes]),
            *(
                _cause_row(
                    _("%(carrier)s: use per size") % {"carrier": carrier_words(name)},
                    [(cause.intensities or {}).get(name) for cause in found.causes],
                )
                for name in names
            ),
            _cause_row(_("Change together"), [cause.change for cause in found.causes], total=True),
        ]
    titles = [_("By %(size)s") % {"size": indicator_name(size)} for size in SIZES]
    return _table(
        _("Why energy changed"),
        "profile-why",
        (
            ("cause", _("Reason"), False),
            *((s, f"{t} ({unit('tce')})", False) for s, t in zip(SIZES, titles, strict=True)),
        ),
        rows,
        empty=_("Nothing is attributed, for something is missing:"),
    )


def gaps(found: Profile) -> list[str]:
    """What stands in the way of an attribution, by reading."""
    return [_gap_words(found, cause) for cause in found.causes if cause.gaps]


def _gap_words(found: Profile, cause: Cause) -> str:
    years = {"now": period_name(found.year), "then": period_name(str(int(found.year) - 1))}
    parts = [
        _("%(year)s in being for a part of the year only") % {"year": years[when]}
        if code == PART_OF_YEAR
        else f"{years[when]} {_gap_name(code)}"
        for code, when in cause.gaps
    ]
    return _("By %(size)s: no attribution. Missing: %(parts)s.") % {
        "size": indicator_name(cause.size_of),
        "parts": joined(parts),
    }


def _gap_name(code: str) -> str:
    share = "energy_share_"
    return carrier_words(code.removeprefix(share)) if code.startswith(share) else indicator_name(code)


def _cause_row(title: str, cells: Sequence[Derived | None], *, total: bool = False) -> Row:
    return Row((Cell(title, title, heading=True), *(_cell(one) for one in cells)), total=total)


def costs(found: Profile, more: Mapping[str, str]) -> Table:
    """Carriers and money: cost then and now, and what quantity and price did."""
    rows = [
        Row(
            (
                Cell(carrier_words(one.carrier), one.carrier, heading=True),
                figure_cell(found.now[f"energy_share_{one.carrier}"], more),
                Cell(unit(found.now[f"unit_price_{one.carrier}"].unit)),
                figure_cell(found.then[f"unit_price_{one.carrier}"], more),
                figure_cell(found.now[f"unit_price_{one.carrier}"], more),
                _money(one.then),
                _money(one.now),
                _cell(one.quantity),
                _cell(one.price),
            )
        )
        for one in found.money
    ]
    yuan = unit("yuan")
    return _table(
        _("Carriers and money"),
        "profile-money",
        (
            ("carrier", _("Carrier"), False),
            ("share", _("Share of energy (%)"), True),
            ("price_unit", _("Unit of the price"), False),
            ("price_then", _("Unit price the year before"), True),
            ("price_now", _("Unit price this year"), True),
            ("cost_then", _("Cost the year before") + f" ({yuan})", True),
            ("cost_now", _("Cost this year") + f" ({yuan})", True),
            ("quantity", _("Made by the quantity") + f" ({yuan})", False),
            ("price", _("Made by the price") + f" ({yuan})", False),
        ),
        rows,
        empty=_("No carrier of these two years is reported with its use."),
    )


def quality(found: Profile, more: Mapping[str, str]) -> Table:
    """Where the numbers of the year come from: shares of energy by origin."""
    rows = [
        Row((Cell(indicator_name(code), code, heading=True), Cell(unit(row.unit)), figure_cell(row, more)))
        for code in ORIGIN_SHARES
        for row in [found.now[code]]
    ]
    return _table(
        _("How sure the numbers are"),
        "profile-quality",
        (
            ("indicator", _("Indicator"), False),
            ("unit", _("Unit"), False),
            ("now", period_name(found.year), True),
        ),
        rows,
    )


# -- cells ------------------------------------------------------------------------------------------------------


def _table(
    title: str, name: str, columns: Sequence[tuple[str, str, bool]], rows: Sequence[Row], empty: str = ""
) -> Table:
    return Table(
        caption=title,
        columns=[Column(key, text, number=number, sortable=False) for key, text, number in columns],
        rows=list(rows),
        name=name,
        empty=empty,
    )


def _cell(found: Derived | None) -> Cell:
    """A change in words that opens its parts."""
    if found is None:
        return Cell(MISSING_TEXT, None, missing=True)
    return Cell(
        _said(found),
        found.value,
        missing=found.value is None,
        href=reverse("receipt", args=[found.receipt]) if found.value is not None else "",
    )


def _said(found: Derived) -> str:
    zh, en = words(found)
    return zh if is_chinese() else en


def _money(value: Fraction | None) -> Cell:
    return _number(None if value is None else _shown(value, "energy_cost_yuan"))


def _number(text: str | None) -> Cell:
    return Cell(MISSING_TEXT if text is None else text, text, missing=text is None, number=True)


def _shown(value: Fraction, code: str) -> str:
    return grouped(display(value, home_catalog().indicator(code).decimals))


def _text(found: Profile, code: str) -> str:
    row = found.now[code]
    return MISSING_TEXT if row.display is None else grouped(row.display)


def _status(status: str) -> str:
    return _("(provisional)") if status == "provisional" else ""


def tables(found: Profile, more: Mapping[str, str]) -> Mapping[str, Table]:
    """All of them by name. more: what the address of a figure's source says besides, as of which day."""
    return {
        "changed": changed(found, more),
        "position": position(found, more),
        "reasons": reasons(found),
        "costs": costs(found, more),
        "quality": quality(found, more),
    }
