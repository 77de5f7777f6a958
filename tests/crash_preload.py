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
