"""Every file out of a synthetic home says so; none out of a real home does; and what is marked can be read again."""

import hashlib
import json
import shutil
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from jieyue.config.home import Home
from tests.cli import desk
from tests.cli.command import DONE, figure, jieyue

MARK = "样例数据，非真实机构 / synthetic data"
CELLS = {"A": {"110": "80000", "102": "8000"}, "B": {"110": "240000", "102": "12000"}}


@pytest.fixture(scope="module")
def real(registered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of real institutions with two returns."""
    home = tmp_path_factory.mktemp("real") / "home"
    shutil.copytree(registered, home)
    file = home.parent / "returns.csv"
    rows = [
        [who, "2024", f"NY201:{item}", text, ""] for who, own in CELLS.items() for item, text in own.items()
    ]
    file.write_bytes(desk.table([desk.LONG, *rows]))
    assert jieyue(home, "import", "returns", file, "--publish").code == DONE
    return home


@pytest.fixture(scope="module")
def sample(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a synthetic home."""
    home = tmp_path_factory.mktemp("sample") / "home"
    shutil.copytree(real, home)
    Home.open(home).changed(synthetic=True)
    return home


def exported(home: Path, folder: Path, what: str, suffix: str) -> Path:
    target = folder / f"{what}.{suffix}"
    words = ("--form", "NY201") if what == "returns" else ("--by", "area")
    said = jieyue(home, "export", what, *words, "--period", "2024", "-o", target)
    assert said.code == DONE, said.stderr
    return target


def marks_of(file: Path) -> bool:
    """Whether the file says it where a reader of its kind looks."""
    if file.suffix == ".xlsx":
        cells = (cell for sheet in openpyxl.load_workbook(file) for row in sheet.iter_rows() for cell in row)
        return any(MARK in str(cell.value) for cell in cells)
    if file.suffix == ".parquet":
        return MARK in pl.read_parquet_metadata(file).values()
    return MARK in file.read_text("utf-8-sig").splitlines()[0].strip('"')


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("what", ["figures", "returns"])
def test_tables_out(real: Path, sample: Path, tmp_path: Path, what: str, suffix: str) -> None:
    for name in ("real", "sample"):
        (tmp_path / name).mkdir()
    assert marks_of(exported(sample, tmp_path / "sample", what, suffix))
    own = exported(real, tmp_path / "real", what, suffix)
    assert not marks_of(own)
    assert MARK.encode() not in own.read_bytes()


def test_every_file_of_a_receipt(real: Path, sample: Path, tmp_path: Path) -> None:
    for home, name in ((real, "real"), (sample, "sample")):
        receipt = figure(home, "city", "2024", "energy_total_tce")["receipt"]
        folder = tmp_path / name
        assert jieyue(home, "receipt", "export", receipt, "-o", folder).code == DONE
        synthetic = name == "sample"
        assert json.loads((folder / "figure.json").read_text("utf-8"))["synthetic"] is synthetic
        for file in ("inputs.csv", "factors.csv", "formula.txt", "hashes.txt", "workbook.xlsx"):
            assert marks_of(folder / file) is synthetic, file
        lines = [line for line in (folder / "hashes.txt").read_text("utf-8").splitlines() if line[0] != "#"]
        for line in lines:
            digest, _, file = line.partition("  ")
            assert digest == hashlib.sha256((folder / file).read_bytes()).hexdigest()
        assert len(lines) == 5


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_marked_returns_are_read_again(sample: Path, tmp_path: Path, suffix: str) -> None:
    """The line above the heads is a banner to the reader: all four cells are known already, none is lost."""
    home = tmp_path / "home"
    shutil.copytree(sample, home)
    file = exported(home, tmp_path, "returns", suffix)
    said = jieyue(home, "import", "returns", file, "--publish")
    assert said.code == DONE, said.stdout
    assert said.counts[:4] == (4, 0, 4, 0)
