"""Load an authority's official boundary file, from a day on, under the number of its review."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.trees.models import BoundaryFile
from jieyue.domain.boundary import Polygon, Shape, read_boundary


@dataclass(frozen=True)
class Loaded:
    """What became of a file: matched region codes, shapes that stand for no region, regions without a shape."""

    number: int
    matched: tuple[str, ...]
    unmatched: tuple[str, ...]
    without: tuple[str, ...]


def load_boundary(content: bytes, name: str, *, approval: str, day: date, actor: str) -> Loaded:
    """Keep the shapes of the regions in being on the day. Raises BoundaryError, RefusedError; nothing is kept then.

    A shape is matched by code, old code or name. Refused without a number of the review, if two shapes stand for one
    region, or if none stands for any.
    """
    if not approval.strip():
        raise RefusedError(
            "boundary_approval",
            zh="须填审图号：未经审核的界线不能公开显示",
            en="name the number of the map's review (审图号): borders that were not reviewed must not be shown",
        )
    shapes = read_boundary(content)
    found, unmatched = _matched(shapes, day)
    if not found:
        raise RefusedError(
            "boundary_nothing",
            zh=f"文件中没有一个图形对得上 {day} 的地区；请检查 code、adcode 或 name",
            en=f"no shape of the file stands for a region of {day}; look at code, adcode or name",
        )
    without = sorted(row.code for row in home_catalog().divisions_on(day) if row.code not in found)
    with transaction.atomic():
        made = BoundaryFile.objects.create(
            name=name[:200],
            digest=sha256(content).hexdigest(),
            approval=approval.strip()[:60],
            valid_from=day,
            shapes=found,
            unmatched=unmatched,
            made_by=actor,
            made_at=timezone.now(),
        )
        record(
            "trees.load_boundary",
            f"boundary:{made.pk}",
            actor=actor,
            after=made.digest,
            data={"approval": made.approval, "from": day, "matched": len(found), "unmatched": len(unmatched)},
        )
    return Loaded(made.pk, tuple(sorted(found)), tuple(unmatched), tuple(without))


def _matched(shapes: tuple[Shape, ...], day: date) -> tuple[dict[str, list[Polygon]], list[str]]:
    found: dict[str, list[Polygon]] = {}
    unmatched = []
    for shape in shapes:
        words = (word for word in (shape.code, shape.name) if word)
        region = next((row for word in words if (row := home_catalog().find_region(word, day))), None)
        if region is None:
            unmatched.append(" ".join(word for word in (shape.code, shape.name) if word)[:80])
        elif region.code in found:
            raise RefusedError(
                "boundary_twice",
                zh=f"有两个图形都对应 {region.name}（{region.code}）；请合为一个 MultiPolygon",
                en=f"two shapes stand for {region.name_en} ({region.code}); make them one MultiPolygon",
            )
        else:
            found[region.code] = list(shape.polygons)
    return found, unmatched
