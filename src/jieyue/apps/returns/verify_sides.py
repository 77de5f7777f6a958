"""Which side of a return was altered: whose numbers give the digest that was sealed.

A version's digest is sealed by the Merkle root in the log's entry of its publication. Where office and lake differ, the
digest is made of the office's cells with the lake's numbers put in: if that is the sealed one, the office was altered.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns.cells import MISSING, NOT_USED
from jieyue.apps.returns.digests import version_digest
from jieyue.apps.returns.models import ReturnVersion
from jieyue.domain.merkle import merkle_root
from jieyue.domain.quantity import fixed_text

#: Of so many returns of a publication it is tried which side the root in the log was made of.
_TRIED: Final = 6


def digest_of(row: ReturnVersion, cells: str | None = None) -> str:
    """What the version's digest is when made of what is stored of it now; cells: these in place of its own."""
    key = (row.parent.subject, row.parent.period, row.parent.instance)
    return version_digest(
        row.parent.form, key, base=row.replaces, number=row.number, scheme=row.scheme, catalog=row.catalog,
        cells=row.cells if cells is None else cells,
    )  # fmt: skip


def root_differs(done: Publication) -> bool:
    """Whether the digests of its versions are others than those that its entry in the log was made of."""
    root = done.log.data.get("merkle_root")
    return root is not None and root != _root(_digests(done), {})


def _digests(done: Publication) -> list[tuple[int, str]]:
    return list(ReturnVersion.objects.filter(seq=done.seq).order_by("id").values_list("pk", "digest"))


def _root(digests: Sequence[tuple[int, str]], instead: Mapping[int, str]) -> str:
    """instead: version → a digest that is to stand for its own."""
    return merkle_root([bytes.fromhex(instead.get(pk, digest)) for pk, digest in digests])


def sealed_in_lake(
    done: Publication | None, rows: Sequence[ReturnVersion], lake: Mapping[int, Mapping[str, Any]]
) -> set[int]:
    """Those of a publication's versions of which the lake has what was sealed, and the office has not. lake: version →
    its row there, where that differs."""
    there = {row.pk: digest_of(row, _with_lake(row, lake[row.pk])) for row in rows}
    altered = [row for row in rows if there[row.pk] != digest_of(row)]
    if done is None or not root_differs(done):
        return {row.pk for row in altered if row.digest == there[row.pk]}
    plain = {row.pk for row in altered if row.digest == there[row.pk]}
    doubtful = [row for row in altered if row.pk not in plain]
    if len(doubtful) > _TRIED:
        return plain
    root, digests = done.log.data["merkle_root"], _digests(done)
    for sides in product((True, False), repeat=len(doubtful)):
        chosen = {row.pk: there[row.pk] for row, taken in zip(doubtful, sides, strict=True) if taken}
        if chosen and _root(digests, chosen) == root:
            return plain | chosen.keys()
    return plain


def _with_lake(version: ReturnVersion, row: Mapping[str, Any]) -> str:
    """The cells as they would be stored with the lake's numbers; the unit, which the lake has not, is the item's."""
    said: dict[str, list[Any]] = json.loads(version.cells) if version.cells else {}
    catalog = home_catalog()
    for name, value in row.items():
        item = name[1:]
        if name[0] != "c" or f"o{item}" not in row:
            continue
        origin = row[f"o{item}"] or MISSING
        if origin == MISSING:
            said.pop(item, None)
            continue
        unit = catalog.item(f"{version.parent.form}:{item}").unit
        number = None if origin == NOT_USED or value is None else fixed_text(int(value * 10_000))
        said[item] = [number, unit, origin]
    return json.dumps(dict(sorted(said.items())), ensure_ascii=False, separators=(",", ":"))
