"""A file that is over the limit of its page: what is too large, the limit and how to mend it, answered with 413.

The file is looked at before it is read: its size is known once it has arrived.
"""

from decimal import Decimal
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

STATUS: Final = 413
_MEGABYTE: Final = 2**20
#: What helps, by what is sent.
TABLE: Final = gettext_noop("Divide it into several files, or take pictures and empty sheets out of it.")
SCAN: Final = gettext_noop("Scan it at a lower resolution, or divide it.")
WORD: Final = gettext_noop("Take pictures out of it or make them smaller.")
MAP: Final = gettext_noop("Thin the boundaries out: fewer points, fewer decimals.")


def too_large(file: UploadedFile, most: int, mend: str) -> str:
    """Why a file is not taken, with how to mend it; "" if it is within `most` [bytes]."""
    if file.size is not None and file.size <= most:
        return ""
    size = "?" if file.size is None else str(Decimal(-(-file.size * 10 // _MEGABYTE)) / 10)
    said = _("“%(name)s” has %(size)s MB; a file has at most %(most)s MB here. Nothing was stored.") % {
        "name": file.name or _("The file"),
        "size": size,
        "most": most // _MEGABYTE,
    }
    return f"{said} {_(mend)}"
