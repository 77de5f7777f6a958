"""What a Chinese text says in numbers: cases read and written down by hand."""

from fractions import Fraction

import pytest

from jieyue.domain.said_numbers import said_numbers

UNITS = ("万吨标准煤", "吨标准煤", "千克标准煤/平方米", "万立方米", "吨二氧化碳", "万元", "个百分点", "%")

#: Text → the numbers that it says: value and unit without scale.
DATA = [
    ("能源消费总量1.67万吨标准煤", [("16700", "吨标准煤")]),
    ("共1,234,567.8吨标准煤", [("1234567.8", "吨标准煤")]),
    ("用水12万立方米", [("120000", "立方米")]),
    ("费用3.2亿元", [("320000000", "元")]),
    ("能耗12.5千克标准煤/平方米", [("12.5", "千克标准煤/平方米")]),
    ("耗电3.5kWh", [("3.5", "千瓦时")]),
    ("同比下降3.2%", [("3.2", "%")]),
    ("变化-3.2%", [("-3.2", "%")]),
    ("变化−3.2%", [("-3.2", "%")]),
    ("变化－3.2％", [("-3.2", "%")]),
    ("变化负3.2%", [("-3.2", "%")]),
    ("增速+0.5%", [("0.5", "%")]),
    ("误差±0.5%", [("0.5", "%")]),
    ("比例1.2‰", [("0.12", "%")]),
    ("提高0.3个百分点", [("0.3", "个百分点")]),
    ("提高0.3百分点", [("0.3", "个百分点")]),
    ("百分之五", [("5", "%")]),
    ("百分之三点二", [("3.2", "%")]),
    ("百分之一百零五", [("105", "%")]),
    ("百分之12.5", [("12.5", "%")]),
    ("约占三成", [("30", "%")]),
    ("完成三项任务", [("3", "项")]),
    ("两个单位", [("2", "个")]),
    ("十家单位", [("10", "家")]),
    ("十二家单位", [("12", "家")]),
    ("三十五万元", [("350000", "元")]),
    ("三千二百零五人", [("3205", "人")]),
    ("一亿二千万元", [("120000000", "元")]),
    ("二点五倍", [("2.5", "倍")]),
    ("共一百零八", [("108", "")]),
    ("１２３．４吨标准煤", [("123.4", "吨标准煤")]),
    ("１，２３４吨标准煤", [("1234", "吨标准煤")]),
    ("1—3家", [("1", "家"), ("3", "家")]),
    ("3至5个", [("3", "个"), ("5", "个")]),
    ("3.2%—5.1%", [("3.2", "%"), ("5.1", "%")]),
    ("3家-5家", [("3", "家"), ("5", "家")]),
    ("共35家，其中3家", [("35", "家"), ("3", "家")]),
    ("为期3个月", [("3", "个月")]),
    ("今后5年", [("5", "年")]),
    ("合计96", [("96", "")]),
    ("共 35 家", [("35", "家")]),
    ("0.0%", [("0", "%")]),
    ("进一步统一口径，一致推进", []),
    ("千方百计、十分重要", []),
    ("统一台账", []),
    ("", []),
]

#: Text → why its number is none.
NOT_DATA = [
    ("2025年", "date"),
    ("2025年度", "date"),
    ("2026年10月31日", "date"),
    ("1—9月", "date"),
    ("2026年1—9月", "date"),
    ("9月份", "date"),
    ("10日前", "date"),
    ("2026-03-31", "date"),
    ("15:30", "date"),
    ("2020—2025年", "date"),
    ("二〇二五年十月", "date"),
    ("三季度", "date"),
    ("〔2021〕96号", "reference"),
    ("[2021]96号", "reference"),
    ("（2021）第96号", "reference"),
    ("第12号", "reference"),
    ("GB/T 8170—2008", "reference"),
    ("DB50/T 1080—2021", "reference"),
    ("GB17167", "reference"),
    ("第三条", "clause"),
    ("第12条", "clause"),
    ("3.2.1", "clause"),
    ("第三", "ordinal"),
    ("第2行", "ordinal"),
    ("表2", "ordinal"),
    ("附件3", "ordinal"),
    ("（一）报送", "ordinal"),
    ("一、报送情况", "ordinal"),
    ("一是催报", "ordinal"),
    ("1.总体情况", "ordinal"),
    ("“十四五”规划", "plan"),
    ("十二五时期", "plan"),
    ("NY201", "code"),
    ("CO2", "code"),
    ("023-63890000", "code"),
]


@pytest.mark.parametrize(("text", "numbers"), DATA)
def test_numbers_are_read_with_sign_scale_and_unit(text: str, numbers: list[tuple[str, str]]) -> None:
    found = said_numbers(text, UNITS)
    assert [(one.value, one.unit, one.why) for one in found] == [
        (Fraction(value), unit, "") for value, unit in numbers
    ]
    assert all(one.end - one.start == len(one.text) for one in found)


@pytest.mark.parametrize(("text", "why"), NOT_DATA)
def test_what_only_looks_like_a_number_says_why(text: str, why: str) -> None:
    assert [one.why for one in said_numbers(text, UNITS)] == [why]


def test_how_fine_a_number_is() -> None:
    steps = [
        said_numbers(text, UNITS)[0].step for text in ("1.67万吨标准煤", "12%", "1.20%", "三万元", "1.2‰")
    ]
    assert steps == [100, 1, Fraction(1, 100), 10_000, Fraction(1, 100)]
