"""Loaded once by the fork server: Django and all apps, before any thread is started."""

import os
import tempfile

from jieyue.config import boot
from jieyue.config.home import Home

for _name in [name for name in os.environ if name.startswith("JIEYUE_")]:
    del os.environ[_name]
_folder = tempfile.TemporaryDirectory(prefix="jieyue-crash-")
boot.setup(Home.create(f"{_folder.name}/home", synthetic=True))
