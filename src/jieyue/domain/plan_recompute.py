"""Recomputations of printed statements: sums, shares, ratios, changes, targets, units, limits.

Each takes the numbers of one statement (`Reader`) and gives an `Outcome`, or None if the statement holds.
The arithmetic is generic; which numbers go into it stands in the plan's ``statements.csv``.
"""

from fractions import Fraction
from itertools import combinations

from jieyue.domain.plan_outcome import Outcome, Reader, compared
from jieyue.domain.plan_span import Span, agreement
from jieyue.domain.rounding import display, exact_text


def sum_of_parts(reader: Reader) -> Outcome | None:
    """subject = Σ parts − Σ less."""
    return compared(reader, reader.sum("parts") - reader.sum("less"), "plan_sum_differs")


def share(reader: Reader) -> Outcome | None:
    """subject [%] = part ÷ Σ whole × 100. Digits cut off count as a rounding note: shares must add up."""
    recomputed = reader.sum("part") / reader.sum("whole") * Span.sharp(100)
    return compared(reader, recomputed, "plan_share_differs", strict_digits=True)


def _quotient(reader: Reader) -> Span:
    total = reader.sum("total")
    if reader.words("total_printed"):
        total = total.narrowed(reader.sum("total_printed"))
    return (total - reader.sum("less")) * reader.one("times") / reader.sum("over")


def ratio(reader: Reader) -> Outcome | None:
    """subject = (Σ total − Σ less) × times ÷ Σ over; ``times`` turns the units (1000 kg in a t).

    ``total_printed``: the same total as printed elsewhere; both roundings then hold together.
    """
    return compared(reader, _quotient(reader), "plan_ratio_differs")


def boundary(reader: Reader) -> Outcome | None:
    """A ratio whose boundary is in question: which of ``less`` must be left out to arrive at the subject?

    The plan's own boundary leaves all of ``less`` out. A subject that it explains is noted as explained; one
    that another choice explains names that choice; one that none explains is a contradiction, with what
    would have to be left out.
    """
    printed = Span.of(reader.subject)
    words, over, times = reader.words("less"), reader.sum("over"), reader.one("times")
    candidates: list[tuple[tuple[str, ...], Span]] = []
    for count in range(len(words), -1, -1):
        for chosen in combinations(words, count):
            left_out = Span.sharp(0)
            for word in chosen:
                left_out += Span.of(reader.plan.number(word))
            candidates.append((chosen, (reader.sum("total") - left_out) * times / over))
    own = candidates[0][1]
    texts: dict[str, object] = {"candidates": " / ".join(reader.show(span.point) for _, span in candidates)}
    for chosen, span in candidates:
        if agreement(printed, span) == "differs":
            continue
        texts["left_out_zh"], texts["left_out_en"] = reader.names(chosen) if chosen else ("无", "nothing")
        code = "plan_boundary_explained" if chosen == words else "plan_boundary_other"
        return Outcome(code, printed.point, own.point, texts)
    needed = reader.sum("total").point - printed.point * over.point / times.point
    unit = reader.plan.number(words[0])
    for name, amount in (("needed", needed), ("left_out", reader.sum("less").point)):
        texts[f"{name}_zh"] = f"{display(amount / unit.scale, 2)} {unit.printed_unit}"
        texts[f"{name}_en"] = f"{display(amount, 0)} {unit.unit}"
    return Outcome("plan_boundary_unexplained", printed.point, own.point, texts)


def change(reader: Reader) -> Outcome | None:
    """subject [%] = (now ÷ ((then − then_less) × then_times ÷ then_over) − 1) × 100."""
    then = (reader.sum("then") - reader.sum("then_less")) * reader.one("then_times")
    then /= reader.sum("then_over") if reader.words("then_over") else Span.sharp(1)
    now = reader.sum("now")
    recomputed = (now / then - Span.sharp(1)) * Span.sharp(100)
    outcome = compared(reader, recomputed, "plan_change_differs")
    if outcome is None:
        return None
    texts = {"now": display(now.point, 2), "then": display(then.point, 2)}
    return Outcome(outcome.code, outcome.declared, outcome.recomputed, texts)


def target(reader: Reader) -> Outcome | None:
    """subject = base × (1 + change ÷ 100). The printed base is the rule's base, so it counts as exact."""
    printed = reader.subject
    rate = reader.point("change")
    recomputed = reader.point("base") * (1 + rate / 100)
    gap = recomputed - printed.value
    if abs(gap) <= printed.half_digit:
        return None
    outward = gap if printed.value >= 0 else -gap
    cut_off = 0 < outward < 2 * printed.half_digit
    return Outcome(
        "plan_target_cut_off" if cut_off else "plan_target_differs",
        printed.value,
        recomputed,
        {"rate": exact_text(rate), "unrounded": display(recomputed, reader.statement.places + 2)},
    )


def unit(reader: Reader) -> Outcome | None:
    """Does the printed unit of subject hold: is total ÷ over the printed number, taken in that unit?"""
    printed = reader.subject
    recomputed = _quotient(reader)
    used = Span.of(printed)
    literally = used * Span.sharp(printed.literal_scale / printed.scale)
    if literally.meets(recomputed):
        return None
    if not used.meets(recomputed):
        return compared(reader, recomputed, "plan_ratio_differs")
    times = printed.literal_scale / printed.scale
    texts = {
        "printed": f"{printed.text} {printed.printed_unit}",
        "times": str(times if times >= 1 else Fraction(1) / times),
    }
    return Outcome("plan_unit_wrong", literally.point, recomputed.point, texts)


def same_limit(reader: Reader) -> Outcome | None:
    """Two printed limits of one thing are the same number: a limit is not a rounded measurement."""
    printed, other = reader.subject, reader.plan.number(reader.words("other")[0])
    if printed.value == other.value:
        return None
    texts = {
        "printed": f"{printed.text} {printed.printed_unit}",
        "other": f"{other.text} {other.printed_unit}",
        "difference": reader.show(abs(other.value - printed.value)),
    }
    return Outcome("plan_limits_differ", printed.value, other.value, texts)


def against_parent(reader: Reader) -> Outcome | None:
    """Is the subject, a change [%] towards less, at least as strict as the one of the plan above?"""
    reference = reader.words("parent")[0]
    wanted: dict[str, object] = {"parent": reader.plan.parent, "reference": reference}
    if reader.parent is None:
        return Outcome("plan_parent_missing", None, None, wanted)
    try:
        above = reader.parent.number(reference).value
    except LookupError:
        return Outcome("plan_parent_missing", None, None, wanted)
    own = reader.subject.value
    if own <= above:
        return None
    texts = {"parent_zh": reader.parent.name_zh, "parent_en": reader.parent.name_en}
    return Outcome("plan_softer_than_parent", own, above, texts)
