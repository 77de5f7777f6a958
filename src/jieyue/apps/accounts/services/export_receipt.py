"""Export a receipt: a folder a stranger can check without this program.

inputs.csv      every return cell behind the scope (institution, period, item, value, unit, origin, digest)
factors.csv     every factor with its document
figure.json     the figure, the run's key, the formula in words
formula.txt     the figure and its formula in words, for people
workbook.xlsx   inputs and factors, and live formulas that arrive at the figure (no cached values)
hashes.txt      SHA-256 of each file

Every file of a synthetic home says that its data are synthetic: the tables in a line above their heads.
"""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from jieyue.apps.accounts.derived_receipts import view_any
from jieyue.apps.accounts.export_formulas import recipe
from jieyue.apps.accounts.export_inputs import InputRow, cell_rows, inputs_of
from jieyue.apps.accounts.export_workbook import write_workbook
from jieyue.apps.accounts.receipts import ReceiptView, find, view
from jieyue.domain.derived import is_derived
from jieyue.domain.errors import DomainError
from jieyue.domain.rounding import display, exact_text

#: What stands on every export of a synthetic home.
SYNTHETIC = "样例数据，非真实机构 / synthetic data"


class ExportRefusedError(DomainError):
    """The target cannot be written, or exists with other contents."""


@dataclass(frozen=True)
class Exported:
    """Where the files are."""

    folder: Path
    files: list[str]


def export_receipt(receipt: str, folder: Path) -> Exported:
    """Write the folder; refuses one that exists and is not empty. Of a derived figure each part has its own."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportRefusedError(
            "folder_exists",
            zh=f"{folder} 已存在且不为空；请换一个目录",
            en=f"{folder} exists and is not empty; choose another folder",
        )
    if is_derived(receipt):
        return _export_parts(receipt, folder)
    _id, plan, part, figure = find(receipt)
    shown = view(receipt)
    made = recipe(figure.indicator, plan.method)
    inputs = inputs_of(plan, part, figure.scope)
    mark = SYNTHETIC if settings.JIEYUE_HOME.synthetic else ""
    folder.mkdir(parents=True, exist_ok=True)
    _inputs(folder / "inputs.csv", cell_rows(plan, inputs), mark)
    _factors(folder / "factors.csv", shown, mark)
    (folder / "figure.json").write_text(
        json.dumps({**shown.as_dict(), "synthetic": bool(mark)}, ensure_ascii=False, indent=1, default=str)
        + "\n",
        encoding="utf-8",
    )
    (folder / "formula.txt").write_text(_words(shown, mark), encoding="utf-8")
    write_workbook(folder / "workbook.xlsx", plan, shown, inputs, made, mark=mark)
    files = sorted(path.name for path in folder.iterdir())
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in files]
    notes = [f"# {mark}"] if mark else []  # a line that sha256sum -c passes over
    (folder / "hashes.txt").write_text("\n".join([*notes, *lines]) + "\n", encoding="utf-8")
    return Exported(folder, [*files, "hashes.txt"])


def _export_parts(receipt: str, folder: Path) -> Exported:
    """A derived figure: what it is, and each figure that it is made of in a folder of its own."""
    document = view_any(receipt).as_dict() | {"synthetic": settings.JIEYUE_HOME.synthetic}
    named = dict.fromkeys(part["receipt"] for part in document["parts"] if part["receipt"])
    files = ["derived.json"]
    for number, each in enumerate(named, 1):
        made = export_receipt(each, folder / f"part-{number}")
        files += [f"part-{number}/{name}" for name in made.files]
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / "derived.json").write_text(text + "\n", encoding="utf-8")
    return Exported(folder, files)


def _words(shown: ReceiptView, mark: str) -> str:
    value = shown.figure.value
    printed = "缺 missing" if value is None else f"{display(value, shown.decimals)} {shown.unit}"
    exact = "" if value is None else f"（{exact_text(value)}）"
    lines = [
        *([mark] if mark else []),
        f"回执 receipt: {shown.id}",
        f"{shown.indicator_zh} {shown.indicator_en}",
        f"{shown.figure.scope}, {shown.key['period']}: {printed}{exact}",
        f"公式：{shown.formula_zh}",
        f"Formula: {shown.formula_en}",
        *(f"{note['zh']} {note['en']}" for note in shown.notes),
        "用任何表格软件打开 workbook.xlsx 即按输入和因子重算，与所载数比对；hashes.txt 是各文件的 SHA-256。",
        "Open workbook.xlsx in any spreadsheet program: it computes the figure again from inputs and factors, beside"
        " the printed one; hashes.txt has the SHA-256 of each file.",
    ]
    return "\n".join(lines) + "\n"


def _inputs(path: Path, rows: list[InputRow], mark: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([[mark]] if mark else [])
        writer.writerow(InputRow.heads())
        writer.writerows(row.cells() for row in rows)


def _factors(path: Path, shown: ReceiptView, mark: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([[mark]] if mark else [])
        writer.writerow(
            [
                "use",
                "carrier",
                "name_zh",
                "value",
                "unit",
                "formula",
                "document",
                "issuer",
                "source",
                "verified",
            ]
        )
        for factor in shown.factors:
            writer.writerow(
                [
                    factor.use,
                    factor.carrier,
                    factor.name_zh,
                    factor.value,
                    factor.unit,
                    factor.formula,
                    factor.document,
                    factor.issuer,
                    factor.source,
                    "yes" if factor.verified else "no",
                ]
            )
