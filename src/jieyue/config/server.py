"""What gunicorn does around its processes: `gunicorn --config python:jieyue.config.server jieyue.config.wsgi`.

The processes of a site share a folder for the parts of pages that they have drawn (web/kept.py). It is made when the
site starts and goes when it ends: nothing in it was drawn by other code, under other settings or from other data.
"""

import os
import shutil
import tempfile

_made: list[str] = []


def on_starting(_server: object) -> None:
    """Before the first process."""
    _made.append(tempfile.mkdtemp(prefix="jieyue-drawn-"))  # for its owner alone
    os.environ["JIEYUE_DRAWN"] = _made[-1]


#: New processes may have other code: those before them keep their folder.
on_reload = on_starting


def on_exit(_server: object) -> None:
    """After the last process."""
    for folder in _made:
        shutil.rmtree(folder, ignore_errors=True)
