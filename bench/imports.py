"""Import: a workbook of NY201 for every institution of the sample city, read, checked, reported and published.

Each run takes the next month that nobody has filed, so the home is made once. The peak is that of the process
and of its reading child together.
"""

from collections.abc import Generator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bench import homes
from bench.common import Bars, Side, Work
from bench.make_facts import CODES, FIRST_ID, Shape, month

ROWS = 16_685
FIRST_MONTHS = [f"{year}-{number:02d}" for year in (2016, 2017, 2018, 2019) for number in range(1, 13)]


def prepare(folder: Path, institutions: int | None = None) -> Mapping[str, Any]:
    """The home of the sample city and the workbook."""
    home = homes.sample_city(folder, institutions)
    workbook = home / "NY201.xlsx"
    if not workbook.is_file():
        homes.run([homes.sys.executable, "-m", "bench.imports", str(home), str(workbook)])
    return {"home": str(home), "workbook": str(workbook)}


def write(home: Path, target: Path) -> None:
    """Codes of all institutions that file for themselves, and forty items each."""
    homes.enter(home)
    import xlsxwriter

    from jieyue.apps.registry.models import InstitutionVersion
    from jieyue.apps.trees.models import Membership

    away = set(Membership.objects.as_of().filter(tree="unit").values_list("institution", flat=True))
    spans: dict[int, tuple[date, date, str]] = {}
    for row in InstitutionVersion.objects.as_of().order_by("institution_id", "valid_from"):
        first = spans.get(row.institution_id, (row.valid_from,))[0]
        spans[row.institution_id] = (first, row.valid_to, row.code)
    codes = [
        code
        for number, (first, end, code) in sorted(spans.items())
        if number not in away and first <= date(2016, 1, 1) and end > date(2019, 12, 31)
    ][:ROWS]
    items = month(Shape(len(codes)), 1, FIRST_ID + 1_000_000 + np.arange(len(codes), dtype=np.int64))
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        page = book.add_worksheet("NY201")
        page.write_row(0, 0, ["机构", *CODES])
        for place, code in enumerate(codes):
            page.write_string(place + 1, 0, code)
            for column, item in enumerate(CODES):
                values, known = items[item]
                if known[place]:
                    page.write_number(place + 1, column + 1, int(values[place]) / 10_000)


def ours(home: str, workbook: str) -> Generator[None, None, Any]:
    """One call of the service that the command and the page use."""
    homes.enter(Path(home))
    from jieyue.apps.exchange.returns import Options
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.publication.lake import open_lake
    from jieyue.apps.returns.models import Return
    from jieyue.apps.returns.services.import_file import FileChoice, import_file
    from jieyue.apps.returns.services.import_returns import ImportChoice

    taken = set(Return.objects.filter(form="NY201", period__in=FIRST_MONTHS).values_list("period", flat=True))
    period = next(month for month in FIRST_MONTHS if month not in taken)
    reading = FileChoice(options=Options(form="NY201", period=period))
    open_lake().tables()
    yield
    content = Path(workbook).read_bytes()
    choice = ImportChoice(publish=True)
    outcome = import_file(content, "NY201.xlsx", actor=operator_name(), choice=choice, reading=reading)
    yield
    result = outcome.result.as_json()
    assert result["applied"], result["findings"][:3]
    return {name: result[name] for name in ("read", "accepted", "duplicate", "rejected")}


WORK = Work(
    name="import",
    shape="a workbook of NY201, a month of all institutions of the sample city × 40 items",
    prepare=prepare,
    ours=Side("jieyue", "bench.imports:ours"),
    runs=3,
    bars=Bars(seconds=15.0, mebibytes=1024.0),
)

if __name__ == "__main__":
    write(Path(homes.sys.argv[1]), Path(homes.sys.argv[2]))
