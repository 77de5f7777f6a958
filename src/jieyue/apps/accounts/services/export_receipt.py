"""Export a receipt: a folder a stranger can check without this program.

inputs.csv      every return cell behind the scope (institution, period, item, value, unit, origin, digest)
factors.csv     every factor with its document
figure.json     the figure, the run's key, the formula in words
workbook.xlsx   inputs and factors, and live formulas that arrive at the figure (no cached values)
hashes.txt      SHA-256 of each file
"""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from jieyue.apps.accounts.export_inputs import InputRow, cell_rows, inputs_of
from jieyue.apps.accounts.export_workbook import write_workbook
from jieyue.apps.accounts.receipts import ReceiptView, find, view
from jieyue.domain.errors import DomainError


class ExportRefusedError(DomainError):
    """The target cannot be written, or exists with other contents."""


@dataclass(frozen=True)
class Exported:
    """Where the files are."""

    folder: Path
    files: list[str]


def export_receipt(receipt: str, folder: Path) -> Exported:
    """Write the folder; refuses one that exists and is not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportRefusedError(
            "folder_exists",
            zh=f"{folder} 已存在且不为空；请换一个目录",
            en=f"{folder} exists and is not empty; choose another folder",
        )
    _id, plan, part, figure = find(receipt)
    shown = view(receipt)
    inputs = inputs_of(plan, part, figure.scope)
    folder.mkdir(parents=True, exist_ok=True)
    _inputs(folder / "inputs.csv", cell_rows(plan, inputs))
    _factors(folder / "factors.csv", shown)
    (folder / "figure.json").write_text(
        json.dumps(shown.as_dict(), ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8"
    )
    write_workbook(folder / "workbook.xlsx", plan, shown, inputs)
    files = sorted(path.name for path in folder.iterdir())
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in files]
    (folder / "hashes.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
    return Exported(folder, [*files, "hashes.txt"])


def _inputs(path: Path, rows: list[InputRow]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(InputRow.heads())
        writer.writerows(row.cells() for row in rows)


def _factors(path: Path, shown: ReceiptView) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
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
