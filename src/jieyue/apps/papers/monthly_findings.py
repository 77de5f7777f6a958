"""What the findings of a month's returns come to: whose use changed much on last year without a word, what else was
found, and the limits that the rules in force judge by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.papers.content import Cell, Kind, Number, Status
from jieyue.apps.papers.numbers import joined
from jieyue.apps.papers.words import printed
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import rule_rows
from jieyue.apps.review.releases import held_on
from jieyue.apps.review.words import item_name
from jieyue.catalog.ruleset import Written
from jieyue.domain.period import Period

#: The kind of rules that compare with the year before; the limit that such a rule states as a share.
_ON_YEAR, _LIMIT = "year_on_year", "max_change"
#: What a rule without such a limit asks, in the words of the sentence.
_MOVED = {"moved": "能源资源消费量扣除同类机构共同变动后仍突出"}


@dataclass(frozen=True)
class Found:
    """changed: institutions whose change on last year is not explained; told: the others who explained theirs.
    silent: open findings that nothing was filed, which part one counts as missing. Of all other findings: by what
    they are, and how they stand; both add up to `whole`."""

    changed: int
    told: int
    silent: int
    units: int
    copies: int
    errors: int
    others: int
    gone: int
    explained: int
    accepted: int
    open: int

    @property
    def whole(self) -> int:
        """All findings but those of the change on last year, and of what was not filed."""
        return self.units + self.copies + self.errors + self.others


def found_of(rows: Collection[ReviewFinding], period: str) -> Found:
    """The findings of a period, whatever their state; notes are none."""
    rules = rule_rows(period)
    kinds = {code: rule.kind for code, rule in rules.items()}
    unfiled = {code for code, rule in rules.items() if rule.op == "no_return"}
    told = [row for row in rows if row.severity != "note"]
    rest = [row for row in told if kinds.get(row.rule) != _ON_YEAR and row.rule not in unfiled]
    units, copies = (sum(kinds.get(row.rule) == kind for row in rest) for kind in ("units", "copies"))
    errors = sum(row.severity == "error" and kinds.get(row.rule) not in ("units", "copies") for row in rest)
    gone, explained, accepted, open_ = (
        sum(row.state == state for row in rest) for state in ("gone", "explained", "accepted", "open")
    )
    on_year = [row for row in told if kinds.get(row.rule) == _ON_YEAR]
    changed = {row.subject for row in on_year if row.state == "open"}
    return Found(
        len(changed),
        len({row.subject for row in on_year if row.state in ("explained", "accepted")} - changed),
        sum(row.rule in unfiled and row.state == "open" for row in told),
        units, copies, errors, len(rest) - units - copies - errors,
        gone, explained, accepted, open_,
    )  # fmt: skip


def limits_said(form: str, period: Period) -> Cell:
    """What "much" is: the limits of the rules of the form that compare a period of this kind with the year before."""
    catalog, held = home_catalog(), held_on(period.last_day)
    order = tuple(row.code for row in catalog.table("schemes"))
    scheme = catalog.scheme_on(period.last_day).code
    shares: dict[Fraction, list[Written]] = {}
    others: list[str] = []
    for written in held.rules.written(form, scheme, order):
        if written.row.kind != _ON_YEAR or period.kind_letter not in written.row.periods:
            continue
        limit = written.limits.get(_LIMIT)
        if limit is not None:
            shares.setdefault(limit, []).append(written)
        elif _LIMIT not in written.limits:
            others.append(_MOVED.get(written.row.op, f"不合“{written.row.name_zh}”"))
    told: list[Cell] = [
        joined("、".join(_names(form, rules)), "变动超过", _limit(limit, rules, held.rules.id, str(period)))
        for limit, rules in shares.items()
    ]
    told += [joined(words) for words in dict.fromkeys(others)]
    parts = [part for one in told for part in ("，或", one)]
    return joined(*parts[1:])


def _names(form: str, rules: Sequence[Written]) -> list[str]:
    return list(dict.fromkeys(item_name(form, code)[0] for rule in rules for code in rule.on))


def _limit(limit: Fraction, rules: Sequence[Written], ruleset: str, period: str) -> Number:
    codes = "、".join(dict.fromkeys(rule.row.code for rule in rules))
    value = limit * 100
    places = 0 if value.denominator == 1 else 1
    return Number(
        printed(value, places), "%", "limit.on_year", "", period, value, "", Status.FINAL, Kind.PLAN,
        clause=f"{ruleset}/rules.csv {codes} {_LIMIT}",
    )  # fmt: skip
