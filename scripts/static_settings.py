"""Django settings for tools that read the models but serve nobody: the type checker, the migration check.

The settings belong to a home, so this makes one that is thrown away when the process ends.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from jieyue.config.home import Home

_folder = Path(tempfile.mkdtemp(prefix="jieyue-check-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["JIEYUE_HOME"] = str(Home.create(_folder / "home", synthetic=True).path)

from jieyue.config.settings import *  # noqa: E402, F403  the settings themselves
