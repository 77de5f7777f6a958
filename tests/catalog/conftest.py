"""What catalog tests share: a folder that holds a few tables of a layer."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest


@pytest.fixture
def layer(tmp_path: Path) -> Callable[..., Path]:
    """``layer(units=(header, row, …))`` writes these tables to a folder and gives the folder."""

    def write(**tables: Iterable[str]) -> Path:
        folder = tmp_path / "layer"
        folder.mkdir(exist_ok=True)
        for name, lines in tables.items():
            (folder / f"{name}.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return folder

    return write
