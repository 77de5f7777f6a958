"""Digests of what is kept of a return: a version, and a snapshot of it as a person submitted or judged it."""

import hashlib
import json
from collections.abc import Mapping

from jieyue.domain.log_chain import canonical


def version_digest(
    form: str,
    key: tuple[int, str, str],
    *,
    base: int | None,
    number: int,
    scheme: str,
    catalog: str,
    cells: str,
) -> str:
    """SHA-256 of the version's canonical JSON; the keys stand in RFC 8785 order, cells as they are stored."""
    name = json.dumps([key[0], form, scheme, key[1], key[2]], ensure_ascii=False, separators=(",", ":"))
    text = (
        f'{{"base":{"null" if base is None else base},"catalog":"{catalog}","cells":{cells},'
        f'"key":{name},"number":{number},"scheme":"{scheme}"}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


def snapshot_digest(said: Mapping[str, object]) -> str:
    """SHA-256 of the canonical JSON of what a snapshot says; instants and numbers come as texts and integers."""
    return hashlib.sha256(canonical(said)).hexdigest()
