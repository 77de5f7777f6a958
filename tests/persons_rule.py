"""A city's invented formula of energy users, as it would stand in its overlay, for tests of every door."""

from collections.abc import Iterable
from pathlib import Path

from jieyue.apps.publication.rules import forget

HEAD = (
    "item,types,count,name_zh,name_en,unit,coefficient,override,"
    + "valid_from,valid_to,source,document,confidence,verified"
)
SAID = "示例市用能人数计算办法,示例〔2026〕9号,low,no"
#: Schools: posts and half a boarder, from September 2026 on 0.6; hospitals: posts and one and a half a bed.
SCHOOL = (
    f"NY201:103,021,1031,,,person,1,no,2026-01-01,,{SAID}",
    f"NY201:103,021,x_boarders,住宿生,Boarders,person,0.5,no,2026-01-01,2026-09-01,{SAID}",
    f"NY201:103,021,x_boarders,住宿生,Boarders,person,0.6,no,2026-09-01,,{SAID}",
)
HOSPITAL = (
    f"NY201:103,024,1031,,,person,1,yes,2026-01-01,,{SAID}",
    f"NY201:103,024,x_beds,实际占用床位,Occupied beds,piece,1.5,yes,2026-01-01,,{SAID}",
)


def lay_formula(home: Path, rows: Iterable[str] = (*SCHOOL, *HOSPITAL)) -> None:
    """Write the table into the home's overlay, and have the rules read anew."""
    folder = home / "catalog" / "overlay"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "persons_terms.csv").write_text(
        "".join(f"{line}\n" for line in (HEAD, *rows)), encoding="utf-8"
    )
    forget()
