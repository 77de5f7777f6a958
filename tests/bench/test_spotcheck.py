"""Risk-weighted spot checks find more planted mistakes than random ones of the same size, on a seed not tuned on."""

from bench.spotcheck import judge
from jieyue.sample.model import SEED


def test_risk_finds_more_than_random_for_the_same_effort() -> None:
    assert SEED != 7
    outcome = judge(2_000, 7, 15)
    assert outcome.mistakes >= 15
    assert 0.05 * outcome.institutions <= outcome.drawn <= 0.1 * outcome.institutions
    assert outcome.found["risk"][0] >= outcome.found["random"][0]
    assert outcome.risk_ahead > 0.5
