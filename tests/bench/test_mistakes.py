"""The review rules against mistakes that nobody tuned them on: seeds other than the sample city's own."""

from bench.mistakes import FINDERS, judge
from jieyue.sample.model import SEED

SEEDS = (7, 8)


def test_planted_mistakes_of_other_seeds_are_found_and_honest_returns_left_alone() -> None:
    """Scale errors: recall ≥ 0.95 at precision ≥ 0.9; copies ≥ 0.98; clean returns flagged ≤ 8 %."""
    assert SEED not in SEEDS
    outcomes = [judge(3_000, seed) for seed in SEEDS]

    def recall(*kinds: str) -> float:
        planted = sum(outcome.kinds[kind].planted for outcome in outcomes for kind in kinds)
        assert planted >= 20
        return sum(outcome.kinds[kind].found for outcome in outcomes for kind in kinds) / planted

    assert set(FINDERS) == set(outcomes[0].kinds)
    assert recall("yuan_wan", "kwh_mwh") >= 0.95
    assert sum(each.scale_right for each in outcomes) >= 0.9 * sum(each.scale_flags for each in outcomes)
    assert recall("copied_period", "copied_institution") >= 0.98
    assert recall("jumped_persons", "jumped_area") >= 0.95
    assert sum(each.clean_flagged for each in outcomes) <= 0.08 * sum(each.returns for each in outcomes)
