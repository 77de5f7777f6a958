"""The classes of a returned file's numbers in words, Chinese and English."""

import re

VERDICTS = {
    "changed": ("已改动", "changed"),
    "no_source": ("无出处", "without source"),
    "confirm": ("待人工确认", "to be confirmed"),
    "rounded": ("四舍五入一致", "same when rounded"),
    "same": ("一致", "same"),
    "not_data": ("非数据", "no data"),
}
WHY = {
    "date": ("日期", "date"),
    "reference": ("文号、标准号", "reference"),
    "clause": ("条款", "clause"),
    "ordinal": ("序号", "ordinal"),
    "plan": ("规划名称", "name of a plan"),
    "code": ("代码", "code"),
    "own": ("公文原有的标题、表头、页末文字", "the paper's own headings and last lines"),
    "quoted": ("引文", "quotation"),
    "annex": ("数据出处附件", "annex of sources"),
}
_PLACE = re.compile(r"第(\d+)段(?:（表格(\d+) 第(\d+)行第(\d+)列）)?")


def place_en(place: str) -> str:
    """The place of a number in the file in English.

    >>> place_en("第3段"), place_en("第12段（表格2 第4行第1列）")
    ('paragraph 3', 'paragraph 12 (table 2, row 4, column 1)')
    """
    found = _PLACE.fullmatch(place)
    if found is None:
        return place
    number, table, row, column = found.groups()
    return f"paragraph {number}" + (f" (table {table}, row {row}, column {column})" if table else "")
