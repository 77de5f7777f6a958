"""七、下一步: at most five, each by a rule from the numbers of the statement, with its clause and what is at stake.

Each is told in Chinese and English: the paper prints the Chinese, the page of the institution the reader's language.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from jieyue.apps.insights.why import Money
from jieyue.apps.papers.content import Cell, Kind, Number, Status
from jieyue.apps.papers.numbers import figure, joined, shape_of
from jieyue.apps.papers.statement_facts import (
    ENERGY,
    PER_AREA,
    Facts,
    kilograms,
    number_of,
)
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.review.queries import rule_rows

MOST = 5
_UPPER, _MIDDLE = 75, 50
_NAMED = 2
#: Origins of energy that nobody measured or billed.
_UNMEASURED = ("evidence_share_estimated", "evidence_share_declared")
_KGCE = "千克标准煤"

#: Which findings were open at an earlier publication is not kept, so none is told.
UNTOLD = (
    "审核问题只有现在的状态，按早先的发布编出的不列审核问题。",
    "Findings are known as they stand now only; as of an earlier publication none is listed.",
)

#: In Chinese and in English.
Said = tuple[Cell, Cell]


@dataclass(frozen=True)
class Step:
    """What to do, by what clause or rule, and what is at stake. rule: its name, by which a page finds where it is
    done."""

    rule: str
    act: Said
    basis: Said
    stake: Said

    @property
    def printed(self) -> Cell:
        """As the paper has it."""
        return joined(self.act[0], self.basis[0], "；", self.stake[0], "。")


def steps_of(facts: Facts) -> list[Step]:
    """The steps in the order of the rules: first what is not known, then what is much, more, and dear."""
    return [step for rule in _RULES for step in rule(facts)][:MOST]


def numbered(steps: list[Step]) -> list[Cell]:
    """The steps as the paper lists them."""
    return [joined(f"{place}. ", step.printed) for place, step in enumerate(steps, 1)]


def _unreported(facts: Facts) -> Iterator[Step]:
    """The year's energy is not known."""
    if facts.now(ENERGY).exact is not None or facts.inside:
        return
    then, year, before = facts.then(ENERGY), facts.year.year, facts.before.year
    if then.exact is None:
        stake = (
            joined(f"涉及能源：不足以计算（{before}年也缺）"),
            joined(f"Energy at stake: not enough to compute ({before} is missing too)"),
        )
    else:
        number = _weight(facts, then.exact * 1000, then.receipt)
        stake = (
            joined(f"涉及能源（按{before}年）", number),
            joined(f"Energy at stake (as in {before}): ", _english(number, "kgce")),
        )
    yield Step(
        "unreported",
        (
            joined(f"补报{year}年未报的能源消费数据。"),
            joined(f"Report the energy of {year} that was not reported."),
        ),
        _by("reporting_disclosure"),
        stake,
    )


def _findings(facts: Facts) -> Iterator[Step]:
    """Findings of its returns that nobody has answered; as of an earlier publication there are none (`UNTOLD`)."""
    if not facts.findings:
        return
    codes = list(dict.fromkeys(one.rule for one in facts.findings))
    names = {one.rule: (one.rule_zh, one.rule_en) for one in facts.findings}
    rules = rule_rows(str(facts.year))
    said = "、".join(f"{names[code][0]}（{code}）" for code in codes[:_NAMED])
    told = ", ".join(f"{names[code][1]} ({code})" for code in codes[:_NAMED])
    more = ("等", ", and others") if len(codes) > _NAMED else ("", "")
    source = rules[codes[0]].source if codes[0] in rules else ""
    count = Number(
        str(len(facts.findings)), "项", "n(finding)", facts.scope, str(facts.year),
        Fraction(len(facts.findings)), f"review/{facts.scope}/{facts.year}@{facts.sequence}", Status.FINAL,
        Kind.COUNT,
    )  # fmt: skip
    yield Step(
        "findings",
        (
            joined("改正或说明未处理的审核问题", count, f"：{said}{more[0]}。"),
            joined("Correct or explain the open findings (", replace(count, unit=""), f"): {told}{more[1]}."),
        ),
        (
            joined(f"依据：审核规则{codes[0]}{f'，{source}' if source else ''}"),
            joined(f"Basis: review rule {codes[0]}{f', {source}' if source else ''}"),
        ),
        _whole(facts),
    )


def _unmeasured(facts: Facts) -> Iterator[Step]:
    """Energy that was estimated or only declared."""
    rows = [facts.now(code) for code in _UNMEASURED]
    share = sum((row.exact or Fraction(0) for row in rows), Fraction(0))
    total = facts.now(ENERGY).exact
    if not share or total is None:
        return
    number = facts.made("share(unmeasured)", share, "%", 1, ENERGY)
    stake = _weight(facts, total * share * 10, *(row.receipt for row in rows))
    yield Step(
        "unmeasured",
        (
            joined("把推算和申报的数换成表计或账单的数，现占", number, "。"),
            joined("Replace what is estimated or declared by meters or bills: now ", number, "."),
        ),
        _by("metering_equipment"),
        _at_stake(stake),
    )


def _above_peers(facts: Facts) -> Iterator[Step]:
    """Energy by floor area above three quarters of its peers."""
    band, area, own = facts.band(PER_AREA), facts.now("floor_area_m2"), facts.now(PER_AREA)
    if band is None or not band.quantiles or own.exact is None or area.exact is None:
        return
    if own.exact <= band.quantiles[_UPPER]:
        return
    decimals = shape_of(own).decimals
    upper = facts.made("peer_p75", band.quantiles[_UPPER], shape_of(own).unit, decimals, PER_AREA)
    stake = _weight(facts, (own.exact - band.quantiles[_MIDDLE]) * area.exact, own.receipt, area.receipt)
    yield Step(
        "above_peers",
        (
            joined(
                "查找单位建筑面积能耗", figure(own), "高于同类上四分位数", upper, "的原因，拟定节能措施。"
            ),
            joined(
                "Find out why the energy per floor area, ", _english(figure(own), own.unit),
                ", is above the upper quartile of its peers, ", _english(upper, own.unit), ", and plan savings.",
            ),
        ),
        _by("retrofit_existing"),
        (
            joined("降到同类中位数可减", stake),
            joined("Down to the median of its peers it saves ", _english(stake, "kgce")),
        ),
    )  # fmt: skip


def _more_by_use(facts: Facts) -> Iterator[Step]:
    """The carrier whose use by floor area added most."""
    cause = next((one for one in facts.profile.causes if one.intensities), None)
    if cause is None or not cause.intensities:
        return
    carrier, effect = max(cause.intensities.items(), key=lambda pair: pair[1].value or Fraction(0))
    if not effect.value or effect.value <= 0:
        return
    zh, en = _carrier(carrier)
    yield Step(
        "more_by_use",
        (
            joined(f"核查{zh}单位面积用量上升的设备和时段。"),
            joined(f"Look for the equipment and the hours that raised the use per floor area of {en}."),
        ),
        _by("buildings_first"),
        (
            joined("因此多用", kilograms(effect)),
            joined("Used more for it: ", _english(kilograms(effect), "kgce")),
        ),
    )


def _dearer(facts: Facts) -> Iterator[Step]:
    """The carrier whose price cost most more."""

    def paid(one: Money) -> Fraction:
        return one.price.value or Fraction(0)

    worst = max(facts.profile.money, key=paid, default=None)
    if worst is None or paid(worst) <= 0:
        return
    zh, en = _carrier(worst.carrier)
    number = number_of(worst.price, decimals=0)
    yield Step(
        "dearer",
        (
            joined(f"核对{zh}的单价、账单和合同。"),
            joined(f"Check the price, the bills and the contract of {en}."),
        ),
        _by("market_contracts"),
        (joined("单价变化多付", number), joined("Paid more by its price: ", _english(number, "yuan"))),
    )


_RULES: tuple[Callable[[Facts], Iterator[Step]], ...] = (
    _unreported, _findings, _unmeasured, _above_peers, _more_by_use, _dearer,
)  # fmt: skip


def _by(task: str) -> Said:
    """The plan's clause that asks for it; a plan without one says so."""
    plan = home_plan()
    found = next((one for one in plan.tasks if one.code == task and one.clause), None)
    if found is None:
        return (
            joined("依据：本系统的规则，规划无对应条款"),
            joined("Basis: a rule of this system; the plan has no clause for it"),
        )
    return (
        joined(f"依据：规划 {found.clause}“{found.name_zh}”"),
        joined(f"Basis: clause {found.clause} of the plan, “{found.name_en}”"),
    )


def _whole(facts: Facts) -> Said:
    row = facts.now(ENERGY)
    if row.exact is None:
        return (
            joined("涉及能源：不足以计算（能源消费未报全）"),
            joined("Energy at stake: not enough to compute (its energy is not reported in full)"),
        )
    return _at_stake(_weight(facts, row.exact * 1000, row.receipt))


def _at_stake(number: Number) -> Said:
    return joined("涉及能源", number), joined("Energy at stake: ", _english(number, "kgce"))


def _english(number: Number, unit: str) -> Number:
    """The number with its unit as English writes it, one space behind it."""
    return replace(number, unit=f" {home_catalog().unit_symbol(unit, 'en')}")


def _carrier(code: str) -> tuple[str, str]:
    row = home_catalog().carriers[code]
    return row.name_zh, row.name_en


def _weight(facts: Facts, kilos: Fraction, *receipts: str) -> Number:
    """Kilograms of standard coal at stake, from figures."""
    made = facts.made("at_stake", kilos, _KGCE, 0, ENERGY)
    status = Status.FINAL if made.status is Status.MISSING else made.status
    return Number(
        made.text, _KGCE, "at_stake", facts.scope, str(facts.year), kilos, "", status, Kind.DERIVED,
        parts=tuple(dict.fromkeys(receipts)),
    )  # fmt: skip
