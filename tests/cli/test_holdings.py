"""`import holdings` and `export holdings`: what comes in goes out by the same columns, and is there once."""

from pathlib import Path

from tests.cli.command import DONE, REFUSED, jieyue
from tests.cli.test_metering import metered, school

__all__ = ["metered", "school"]


def test_what_institutions_own_comes_in_and_goes_out(metered: Path) -> None:
    file, out = metered / "list.csv", metered / "out.csv"
    text = "机构,类别,设施编号,名称,餐位数,启用日期\nA,食堂,1,一食堂,320,2021-01-01\nA,食堂,2,二食堂,x,2021-01-01\n"
    file.write_text(text, "utf-8")
    refused = jieyue(metered, "import", "holdings", file)
    assert (refused.code, refused.document["applied"]) == (REFUSED, False)
    (finding,) = refused.document["findings"]
    assert (finding["row"], finding["column"], finding["value"]) == (3, "餐位数", "x")
    file.write_text(text.replace(",x,", ",,"), "utf-8")
    assert jieyue(metered, "import", "holdings", file).code == DONE
    said = jieyue(metered, "export", "holdings", "--kind", "canteen", "-o", out)
    assert said.code == DONE, said.stdout
    head, first, second = out.read_text("utf-8-sig").splitlines()
    assert head == (
        "机构,类别,设施编号,名称,餐位数（个）,同时就餐人数（人）,炊事用能,油烟净化,餐厨垃圾就地资源化处理设备,启用日期,停用日期,来源"
    )
    assert (first, second) == ("A,食堂,1,一食堂,320,,,,,2021-01-01,,", "A,食堂,2,二食堂,,,,,,2021-01-01,,")
    again = jieyue(metered, "import", "holdings", out)
    assert (again.document["duplicate"], again.document["accepted"]) == (2, 0)
    assert jieyue(metered, "export", "holdings", "--kind", "stable", "-o", out).code == REFUSED
