"""Papers beside a return: PDF, JPEG and PNG only. Pictures are made anew from their pixels, so that nothing else that
their file carried (place, device, a second file behind it) is kept; a PDF that can act is refused.

A program hidden in the compressed parts of a PDF is not searched for: papers are handed out as downloads, never shown
inside a page.
"""

import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from jieyue.apps.publication.errors import RefusedError

LARGEST = 10 * 1024 * 1024
#: Pixels of a picture: a page of paper at 600 dpi has 35 million.
PIXELS = 40_000_000
#: Longest side that is kept; a bill is read at half of it.
SIDE = 4_000
MOST = 20
_ACTS = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|Encrypt|GoToR|SubmitForm|ImportData)\b"
)
MEDIA = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True)
class Paper:
    """The bytes as they are kept, and what they are: pdf, jpeg or png."""

    content: bytes
    kind: str


def paper_of(content: bytes) -> Paper:
    """The paper that the bytes are. Raises RefusedError: `paper_size`, `paper_kind`, `paper_acts`, `paper_damaged`."""
    if not content or len(content) > LARGEST:
        raise RefusedError(
            "paper_size",
            zh="附件须在 10 MB 以内，且不能是空的",
            en="an attachment has at most 10 MB and is not empty",
        )
    if content.startswith(b"%PDF-"):
        if _ACTS.search(content):
            raise RefusedError(
                "paper_acts",
                zh="这份 PDF 带脚本、附件或密码；请打印成普通 PDF 或拍照再传",
                en="this PDF carries a script, a file or a password; print it to a plain PDF or take a photograph",
            )
        if b"%%EOF" not in content[-2048:]:
            raise _damaged()
        return Paper(content, "pdf")
    if content.startswith(b"\xff\xd8\xff"):
        return Paper(_redrawn(content, "JPEG"), "jpeg")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Paper(_redrawn(content, "PNG"), "png")
    raise RefusedError("paper_kind", zh="附件只收 PDF、JPEG、PNG", en="attachments are PDF, JPEG or PNG")


def _redrawn(content: bytes, kind: str) -> bytes:
    """The picture from its pixels alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(content), formats=(kind,))
            if picture.width * picture.height > PIXELS:
                raise RefusedError(
                    "paper_size",
                    zh="图片超过 4000 万像素，请缩小再传",
                    en="the picture has more than 40 million pixels",
                )
            plain = ImageOps.exif_transpose(picture).convert("RGB" if kind == "JPEG" else "RGBA")
            plain.thumbnail((SIDE, SIDE))
            target = io.BytesIO()
            bare = Image.new(plain.mode, plain.size)
            bare.paste(plain)
            bare.save(target, kind, **({"quality": 85} if kind == "JPEG" else {}))
    except (
        OSError,
        ValueError,
        SyntaxError,
        Warning,
        UnidentifiedImageError,
        Image.DecompressionBombError,
    ) as error:
        raise _damaged() from error
    return target.getvalue()


def _damaged() -> RefusedError:
    return RefusedError(
        "paper_damaged",
        zh="这个文件打不开或不完整，请重新生成",
        en="the file cannot be opened or is cut off; make it anew",
    )
