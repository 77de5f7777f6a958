"""Recomputations of what a plan's CO2 figures and caps imply: factors, ratios, falls, denominators."""

from decimal import Context, Decimal
from fractions import Fraction

from jieyue.domain.plan_outcome import Outcome, Reader, compared, percent
from jieyue.domain.plan_span import Span, agreement
from jieyue.domain.rounding import display

_ROOT = Context(prec=40)


def _factor(share: Span, total: Span, energy: Span) -> Span:
    """CO2 per standard coal [t/tce] = share [%] × total CO2 [t] ÷ 100 ÷ energy [tce]."""
    return share * total / energy * Span.sharp(Fraction(1, 100))


def implied_factor(reader: Reader) -> Outcome | None:
    """The CO2 factor of a carrier that its printed share implies; a derived value, always noted."""
    factor = _factor(reader.one("share"), reader.one("total"), reader.one("energy"))
    places = reader.statement.places + 1
    texts = {"low": display(factor.low, places), "high": display(factor.high, places)}
    return Outcome("plan_factor_derived", None, factor.point, texts)


def ratio_list(reader: Reader) -> Outcome | None:
    """A printed list 1 : a : b … of CO2 per tce against the one from shares and energies.

    recomputedᵢ = (shareᵢ ÷ energyᵢ) ÷ (share₁ ÷ energy₁). The first member that disagrees is reported, with
    both lists.
    """
    printed = reader.spans("ratios")
    factors = [s / e for s, e in zip(reader.spans("shares"), reader.spans("energies"), strict=True)]
    recomputed = [factor / factors[0] for factor in factors]
    pairs = list(zip(printed, recomputed, strict=True))
    wrong = [place for place, (is_, was) in enumerate(pairs) if place and agreement(is_, was) == "differs"]
    if not wrong:
        return None
    words = reader.words("ratios")
    lowest = min(range(len(printed)), key=lambda place: printed[place].point)
    highest = max(range(len(recomputed)), key=lambda place: recomputed[place].point)
    texts: dict[str, object] = {
        "printed_list": ":".join(reader.plan.number(word).text for word in words),
        "recomputed_list": ":".join(_ratio_text(reader, span.point) for span in recomputed),
        "list": [_ratio_text(reader, span.point) for span in recomputed],
    }
    for name, place in (("first", wrong[0]), ("lowest", lowest), ("highest", highest)):
        texts[f"{name}_zh"], texts[f"{name}_en"] = reader.names((words[place],))
    first = wrong[0]
    return Outcome("plan_ratios_contradict", printed[first].point, recomputed[first].point, texts)


def _ratio_text(reader: Reader, value: Fraction) -> str:
    return "1" if value == 1 else reader.show(value)


def implied_twice(reader: Reader) -> Outcome | None:
    """One factor from the shares, and again from a printed ratio list anchored at other carriers.

    The list's first carrier has the factor Fᵢ ÷ rᵢ by each anchor i (F from the shares, r from the list), so
    the carrier in question has r × that. The intersection of the anchors is used, or, if they disagree among
    themselves, all they span.
    """
    total = reader.one("total")
    direct = _factor(reader.one("share"), total, reader.one("energy"))
    anchors = [
        _factor(share, total, energy) / ratio
        for share, energy, ratio in zip(
            reader.spans("by_shares"), reader.spans("by_energies"), reader.spans("by_ratios"), strict=True
        )
    ]
    low, high = max(span.low for span in anchors), min(span.high for span in anchors)
    if low > high:
        low, high = min(span.low for span in anchors), max(span.high for span in anchors)
    by_list = reader.one("ratio") * Span((low + high) / 2, low, high)
    if by_list.meets(direct):
        return None
    texts = {"low": display(by_list.low, 2), "high": display(by_list.high, 2)}
    return Outcome("plan_factor_twice", by_list.point, direct.point, texts)


def average_fall(reader: Reader) -> Outcome | None:
    """subject [% a year], the average change of CO2 since an earlier year with constant implied factors.

    CO2 then ÷ CO2 now = Σ thenᵢ × shareᵢ ÷ 100 ÷ energyᵢ; what ``then_total`` holds beyond Σ then takes the
    ``rest`` factor. Simple average: (1 − that) ÷ that ÷ years; compound: that^(−1 ÷ years) − 1.
    """
    parts = zip(reader.spans("then"), reader.spans("shares"), reader.spans("energies"), strict=True)
    quotient = Span.sharp(0)
    for then, share, energy in parts:
        quotient += then * share / energy
    if reader.words("then_total"):
        rest = reader.sum("then_total") - reader.sum("then")
        quotient += rest * reader.one("rest_share") / reader.one("rest_energy")
    quotient *= Span.sharp(Fraction(1, 100))
    years = reader.plan.base_year - int(reader.words("then")[0].partition(".")[0])
    simple = (Span.sharp(1) / quotient - Span.sharp(1)) * Span.sharp(Fraction(100, years))
    compound = Span.between(
        [_yearly(quotient.low, years), _yearly(quotient.high, years)], _yearly(quotient.point, years)
    )
    texts: dict[str, object] = {
        "simple": display(simple.point, 3),
        "compound": display(compound.point, 3),
        "years": years,
    }
    printed = Span.of(reader.subject)
    for code, span in (("plan_average_simple", simple), ("plan_average_compound", compound)):
        if agreement(printed, span) in ("same", "cut_off"):
            return Outcome(code, printed.point, span.point, texts)
    code = "plan_rounding" if printed.meets(simple) else "plan_average_differs"
    return Outcome(code, printed.point, simple.point, texts)


def _yearly(quotient: Fraction, years: int) -> Fraction:
    """Compound change [% a year] from ``quotient`` to 1 in ``years``; a root, so to 40 digits only."""
    ratio = _ROOT.divide(Decimal(quotient.denominator), Decimal(quotient.numerator))
    exponent = _ROOT.divide(Decimal(1), Decimal(years))
    return (Fraction(_ROOT.power(ratio, exponent)) - 1) * 100


def implied_denominator(reader: Reader) -> Outcome | None:
    """The persons (or area) at which a cap and an intensity target are met together: cap × times ÷ strength.

    A derived value, always noted, beside the base year's (the subject)."""
    implied = reader.one("cap") * reader.one("times") / reader.one("strength")
    base = reader.subject.value
    texts = {
        "cap_growth": percent(reader.point("cap") / reader.point("cap_base") - 1, 2),
        "growth": percent(implied.point / base - 1),
    }
    return Outcome("plan_denominator_implied", base, implied.point, texts)


def cap_in_line(reader: Reader) -> Outcome | None:
    """A cap against another one: if both leave the same growth of the denominator,
    subject = base × (other_cap ÷ other_base) × (1 + change) ÷ (1 + other_change)."""
    rate = Span.sharp(1 + reader.point("change") / 100)
    other_rate = Span.sharp(1 + reader.point("other_change") / 100)
    other_growth = reader.one("other_cap") / reader.one("other_base") / other_rate
    outcome = compared(reader, reader.one("base") * other_growth * rate, "plan_cap_out_of_line")
    if outcome is None:
        return None
    own = reader.subject.value / reader.point("base")
    texts = {
        "own_growth": percent(own - 1, 2),
        "own_implies": percent(own / rate.point - 1),
        "other_implies": percent(other_growth.point - 1),
    }
    return Outcome(outcome.code, outcome.declared, outcome.recomputed, texts)
