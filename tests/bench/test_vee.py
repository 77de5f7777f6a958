"""The cleaning rules against faults that nobody tuned them on: seeds of their own, scored by the truth."""

import numpy as np
import pytest

from bench.make_readings import Wanted, make
from bench.vee import cleaned, score
from jieyue.domain.readings import Rules

#: The rules were built looking at seeds below 200.
SEEDS = (2001, 2002, 2003, 2004, 2005)


def test_clean_readings_give_every_hour_exactly() -> None:
    found = score(Wanted(seed=SEEDS[0]))
    assert (found.hourly, found.items, found.false_tags) == (0.0, set(), 0.0)


def test_stamps_off_their_step_cost_at_most_a_fifth_of_a_percent() -> None:
    found = score(Wanted(seed=SEEDS[0], jitter=120))
    assert found.hourly <= 0.002
    assert max(found.off.values()) < 1e-4
    assert (found.items, found.false_tags) == (set(), 0.0)


@pytest.mark.parametrize("jitter", [0, 120])
@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_resets_and_spikes_leave_no_meter_wrong_unflagged(seed: int, jitter: int) -> None:
    """200 meters, 30 days, 2 % of readings missing, a tenth of the registers reset, spikes: as the product promises."""
    wanted = Wanted(seed=seed, jitter=jitter, gaps=0.02, resets=0.1, spikes=0.0005)
    found = score(wanted)
    wrong = [share for share in found.off.values() if share > 0.01]
    assert len(wrong) <= 2
    assert max(wrong, default=0.0) <= 0.1
    assert found.unflagged == []
    assert found.false_tags <= 1e-5
    resets = found.recall["reset"]
    assert resets[0] == resets[1] > 0
    assert len(found.items) <= 1.2 * resets[1]
    assert found.recall["spike"][0] >= 0.99 * found.recall["spike"][1] > 100


def test_each_kind_of_fault_is_found() -> None:
    every = [
        Wanted(seed=seed, zeros=0.0005, doubles=0.001, rivals=0.0005, rollovers=0.1, swaps=0.3, stuck=0.1,
               spikes=0.0002, gaps=0.01)
        for seed in SEEDS[:3]
    ]  # fmt: skip
    found = [score(wanted) for wanted in every]
    for kind in ("spike", "zero", "double", "rival", "unrecorded", "stuck", "rollover"):
        done = sum(one.recall[kind][0] for one in found)
        planted = sum(one.recall[kind][1] for one in found)
        assert planted >= 20, kind
        assert done >= 0.97 * planted, kind
    assert max(one.false_tags for one in found) <= 1e-5
    assert all(one.unflagged == [] for one in found)
    for wanted, one in zip(every, found, strict=True):
        silent = make(wanted).of("stuck")  # what a register did while it was not heard, nobody can know
        assert max(share for meter, share in one.off.items() if meter not in silent) <= 0.02


@pytest.mark.parametrize("rule", ["spike", "dip", "jitter", "rollover", "stuck", "reset", "flat", "like_day"])
def test_without_any_one_rule_the_result_is_another(rule: str) -> None:
    made = make(Wanted(meters=60, seed=SEEDS[4], gaps=0.02, resets=0.1, spikes=0.001, zeros=0.001, rollovers=0.2,
                       swaps=0.2, stuck=0.3))  # fmt: skip
    if rule == "jitter":  # registers that fall back by a last digit
        made.value[5::97] -= 1
    whole, less = cleaned(made), cleaned(made, Rules(off=frozenset({rule})))
    same = (
        np.array_equal(whole.verdict, less.verdict)
        and np.array_equal(whole.intervals.use, less.intervals.use)
        and np.array_equal(whole.intervals.quality, less.intervals.quality)
        and np.array_equal(whole.intervals.method, less.intervals.method)
        and whole.work == less.work
    )
    assert not same
