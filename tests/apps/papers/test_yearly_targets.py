"""The two verdicts of the yearly bulletin, of the city of two of test_evaluation.py with 2023 before it.

2023: 8.45 × 10⁹ kWh on 92 × 10⁶ m² = 11.288 kgce/m²; 2024: 8.25 × 10⁹ kWh = 11.021. A year is asked for
(10.95 − 11.53) ÷ 5 = −0.116; four fifths of the time are over.
"""

from jieyue.apps.papers.make import yearly_for
from jieyue.apps.papers.plain import text_of
from jieyue.apps.publication.queries import last_done
from tests.apps.accounts import desk
from tests.apps.papers.test_evaluation import home
from tests.apps.targets.test_standing import CQ, LATE

__all__ = ["home"]


def test_the_years_own_step_and_the_whole_way(home: None) -> None:
    desk.publish({("CQ", "2023"): {**CQ, "110": "8200000000"}, ("LATE", "2023"): LATE})
    text = text_of(yearly_for("city", "2024", sequence=last_done()))
    section = text.partition("三、目标完成")[2].partition("四、变化原因")[0]
    rows = {line.split(" | ")[0]: line for line in section.splitlines()}
    # (11.0209 − 11.53) ÷ (10.95 − 11.53) = 87.8 %, beyond 80 %.
    assert rows["单位建筑面积能耗"] == "单位建筑面积能耗 | -0.267 | -0.116 | 达到 | 87.8 | 80.0 | 在路径上"
    # Water did not move: 22.143 m³ a person, asked (22.25 − 23.43) ÷ 5; it fell far enough before.
    assert rows["人均用水量"].startswith("人均用水量 | 0.000 | -0.236 | 未达到 | 109.1 | 80.0")
    # A cap: 101.39 against 103.85 a year before, within what it may rise.
    assert rows["能源消费总量"].startswith("能源消费总量 | -2.458 | +1.546 | 达到")
