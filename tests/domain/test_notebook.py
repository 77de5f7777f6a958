"""After `import jieyue` alone a notebook reaches the formulas, and nothing heavy is loaded before."""

import subprocess
import sys

CODE = """
import sys
import jieyue
heavy = {"numpy", "polars", "django", "duckdb", "pyarrow"} & set(sys.modules)
from fractions import Fraction
Exact = jieyue.domain.exact.Exact
coal = jieyue.domain.energy.standard_coal({"electricity": Exact([10_000])}, {"electricity": Fraction("0.1229")})
known = "energy" in dir(jieyue.domain), hasattr(jieyue.domain, "nothing")
print(sorted(heavy), coal["electricity"].fractions()[0], *known)
print(sorted({"django", "duckdb", "deltalake", "pyarrow"} & set(sys.modules)))
"""


def test_the_formulas_are_reached_from_the_package() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    # 10,000 kWh at 0.1229 kgce each are 1.229 tce.
    assert done.stdout.splitlines() == ["[] 1229/1000 True False", "[]"]
