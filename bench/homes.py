"""Homes that the works run on: one over synthetic facts, one with the sample city."""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.make_facts import AUTHORITY, Shape, cached


def enter(home: Path) -> None:
    """Let this process work for the home, with everything imported that a first computation needs."""
    from jieyue.config import boot
    from jieyue.config.home import Home

    boot.setup(Home.open(home))
    import deltalake  # noqa: F401
    import duckdb  # noqa: F401
    import pyarrow.compute
    import pyarrow.parquet

    pyarrow.array([""])  # where pandas is installed, pyarrow loads it with the first value that it turns


def over_facts(folder: Path, shape: Shape) -> tuple[Path, Path, int]:
    """(home, lake, last publication): a home whose lake holds the synthetic facts, made once.

    Made by the product's own steps, so the fact table has all items of the catalog, forty of them filled.
    """
    lake, last = cached(folder, shape)
    home = lake.parent / "home"
    if not (home / "ready").is_file():
        shutil.rmtree(home, ignore_errors=True)
        script = (
            "import sys\n"
            "from jieyue.config import boot\n"
            "from jieyue.config.home import Home\n"
            f"home = Home.create(sys.argv[1], lake=sys.argv[2], authority={AUTHORITY})\n"
            "boot.setup(home)\n"
            "boot.migrate()\n"
            "from jieyue.apps.publication.services.publish import ensure_tables\n"
            "ensure_tables()\n"
        )
        run([sys.executable, "-c", script, str(home), str(lake)])
        (home / "ready").touch()
    else:
        run([*jieyue(), "--home", str(home), "init"])  # its tables may be older than the code
    return home, lake, last


def sample_city(folder: Path, institutions: int | None = None) -> Path:
    """A home with the sample city, made once by the command."""
    home = folder / f"city-{institutions or 'whole'}"
    if not (home / "ready").is_file():
        shutil.rmtree(home, ignore_errors=True)
        size = ["--institutions", str(institutions)] if institutions else []
        run([*jieyue(), "--home", str(home), "demo", "--no-serve", *size])
        (home / "ready").touch()
    return home


def jieyue() -> list[str]:
    """The command of this environment."""
    return [str(Path(sys.executable).with_name("jieyue"))]


def run(command: list[str]) -> str:
    """Run a command and give what it printed; BenchError with the end of its errors if it fails."""
    from bench.common import ROOT, BenchError

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{command[:4]} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout


def metered(folder: Path, name: str, **wanted: float) -> Path:
    """A home with institutions, their meters and readings as bench/make_readings.py makes them; made once."""
    import json

    home = folder / name
    if not (home / "ready").is_file():
        shutil.rmtree(home, ignore_errors=True)
        run([sys.executable, "-m", "bench.metered", str(home), json.dumps(wanted)])
        (home / "ready").touch()
    else:
        run([*jieyue(), "--home", str(home), "init"])  # its tables may be older than the code
    return home
