"""An explanation goes over none that its writer has not seen: with it comes which text it was drawn over."""

import hashlib
from collections.abc import Sequence
from enum import Enum

from jieyue.apps.publication.errors import RefusedError


class Meeting(Enum):
    """How an explanation that was sent meets the one that stands there now."""

    LEFT = "left"  # the same words, or a field left as it was drawn: what stands there holds
    WRITTEN = "written"  # new words, over nothing or over what their writer saw
    OTHERS = "others"  # new words, and others stand there since: nobody's go over the other's


def version_of(text: str) -> str:
    """What a page sends along with a field: which text it was drawn over. Empty: none."""
    said = _words(text)
    return hashlib.sha256(said.encode()).hexdigest()[:16] if said else ""


def meet(text: str, over: str, stands: str) -> Meeting:
    """text: as sent. over: `version_of` what its field was drawn over. stands: what is explained now."""
    said, now = version_of(text), version_of(stands)
    if said in ("", now) or (now and said == over):
        return Meeting.LEFT
    return Meeting.WRITTEN if now in ("", over) else Meeting.OTHERS


def explained_since(findings: Sequence[tuple[str, str]]) -> RefusedError:
    """findings: in words, zh and en, those where another explanation stands since the page was drawn; whoever wrote
    it, be it the same person on another page.
    """
    zh, en = "；".join(one[0] for one in findings), "; ".join(one[1] for one in findings)
    return RefusedError(
        "explanation_moved",
        zh=f"您打开页面之后，这里有了另外的说明；您写的没有丢，也没有盖过那一份，请对照两边，改好后再办理：{zh}",
        en="since you opened the page another explanation stands here; yours is not lost and has not gone over it: "
        f"compare both, then send again: {en}",
    )


def _words(text: str) -> str:
    """Pages send line ends their own way."""
    return text.replace("\r\n", "\n").strip()
