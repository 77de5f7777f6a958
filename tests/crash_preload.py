"""Loaded once by the fork server: Django and all apps, before any thread is started."""

import os
import tempfile

import deltalake  # noqa: F401  importing starts nothing; the store imports these late
import duckdb  # noqa: F401
import pandas as pd  # noqa: F401  pyarrow asks for it whenever it is installed
import polars as pl  # noqa: F401
import pyarrow.compute
import pyarrow.parquet  # noqa: F401

from jieyue.config import boot
from jieyue.config.home import Home

for _name in [name for name in os.environ if name.startswith("JIEYUE_")]:
    del os.environ[_name]
_folder = tempfile.TemporaryDirectory(prefix="jieyue-crash-")
boot.setup(Home.create(f"{_folder.name}/home", synthetic=True))

# What the works need at once, so that a child that is killed a moment later does not read it first.
from jieyue.apps.publication import rules  # noqa: E402
from jieyue.apps.registry.services import import_file as _registry  # noqa: E402, F401
from jieyue.apps.returns.services import import_file as _returns  # noqa: E402, F401

rules.home_catalog()
