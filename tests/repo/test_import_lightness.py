"""An analyst's core: catalog, domain and client import where only numpy and polars are installed."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own: everything but the standard library, numpy, polars and ourselves is as if absent.
PROGRAM = """
import importlib, importlib.abc, pkgutil, sys

ALLOWED = {"numpy", "polars", "_polars_runtime", "_polars_runtime_32", "_polars_runtime_64", "jieyue"}

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in ALLOWED or top.startswith("_sysconfigdata"):
            return None
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
seen = []
for root in sys.argv[1:]:
    package = importlib.import_module(root)
    seen.append(root)
    for module in pkgutil.walk_packages(package.__path__, root + "."):
        importlib.import_module(module.name)
        seen.append(module.name)
loaded = {name.partition(".")[0] for name in sys.modules}
heavy = loaded & {"django", "duckdb", "pyarrow", "deltalake", "pandas", "pydantic", "openpyxl"}
assert not heavy, heavy
print(*seen, sep="\\n")
"""


def imported(*packages: str, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", program, *packages]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["jieyue.catalog", "jieyue.domain", "jieyue.client"])
def test_every_module_imports_with_numpy_and_polars_only(package: str) -> None:
    done = imported(package)
    assert done.returncode == 0, done.stderr
    root = ROOT / "src" / package.replace(".", "/")
    files = [path for path in root.rglob("*.py") if path.name != "__init__.py"]
    assert len(done.stdout.splitlines()) >= 1 + len(files)


def test_the_package_itself_imports_nothing_heavy() -> None:
    program = textwrap.dedent("""
        import sys
        before = set(sys.modules)
        import jieyue
        ours = {name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names}
        assert ours == {"jieyue"}, ours
    """)
    done = imported(program=program)
    assert done.returncode == 0, done.stderr


def test_the_probe_notices_a_forbidden_import(tmp_path: Path) -> None:
    (tmp_path / "guilty.py").write_text("import django\n", "utf-8")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + PROGRAM.replace(
        '"jieyue"}', '"guilty"}'
    )
    done = imported("guilty", program=program)
    assert done.returncode != 0
    assert "No module named 'django'" in done.stderr
