"""Write docs/reference/forms.md: every form of the newest scheme as it is asked for, from the form's own sheet.

    .venv/bin/python scripts/form_docs.py [--check]

The page, the workbook and the interface take their lines from the same sheet; a test parses all of them and compares.
"""

import sys
from pathlib import Path

from jieyue.catalog.form_sheet import FormSheet, form_sheet
from jieyue.catalog.loader import load_catalog
from jieyue.catalog.rules import Catalog

PAGE = Path(__file__).parent.parent / "docs/reference/forms.md"
FORMS = ("NY201", "NY202", "NY203")
HEAD = """# 报表 Forms

由目录生成，不要手改：`.venv/bin/python scripts/form_docs.py`。网页、工作簿、程序接口与本页同出一处。
Made from the catalog, not by hand. The page of entry, the workbook and the interface have these very lines.

\\* 必填 required
"""
BLOCKS = {
    "stocks": "面积、人数、设备 Area, persons, equipment",
    "carriers": "消费量与费用 Consumption and cost",
    "other": "其他 Other",
}


def text() -> str:
    """The whole page."""
    catalog = load_catalog()
    scheme = max(catalog.schemes)
    return HEAD + "".join(_form(catalog, form_sheet(catalog, form, scheme)) for form in FORMS)


def _form(catalog: Catalog, sheet: FormSheet) -> str:
    form = catalog.forms[sheet.form]
    lines = [f"\n## {form.code} {form.name_zh} {form.name_en}\n\n报表版本 scheme {sheet.scheme}\n"]
    for block, rows in sheet.blocks().items():
        lines.append(f"\n**{BLOCKS[block]}**\n\n| 代码 code | 指标 item | | 单位 unit |\n|---|---|---|---|\n")
        for row in rows:
            item = row.item
            unit = f"{catalog.unit_symbol(item.unit)} `{item.unit}`" if item.unit else ""
            name = "　" * row.depth + item.name_zh + (" \\*" if item.required == "yes" else "")
            lines.append(f"| `{row.code}` | {name} | {item.name_en} | {unit} |\n")
    return "".join(lines)


if __name__ == "__main__":
    made = text()
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text("utf-8") == made else "docs/reference/forms.md is out of date")
    PAGE.write_text(made, "utf-8")
