"""Log: verify a million entries, chain, Merkle tree and checkpoints, in a home of their own."""

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from bench import homes
from bench.common import Bars, Side, Work

ENTRIES = 1_000_000
CHECKPOINTS = 1_000  # about as many as six weeks of hours
_AT_ONCE = 20_000


def prepare(folder: Path, entries: int = ENTRIES) -> Mapping[str, Any]:
    """A home whose log has so many entries, numbered and signed; made once."""
    home = folder / f"log-{entries}"
    if not (home / "made").is_file():
        homes.run([homes.sys.executable, "-m", "bench.log", str(home), str(entries)])
        (home / "made").write_text("")
    return {"home": str(home), "entries": entries}


def verify(home: str, entries: int) -> Generator[None, None, Any]:
    """What `jieyue verify-log` does."""
    homes.enter(Path(home))
    from jieyue.apps.audit.verify import verify_home

    yield
    verdict = verify_home()
    yield
    assert verdict.good, verdict.problems[:3]
    assert verdict.size >= entries
    return [verdict.size, verdict.checkpoints]


def make(home: Path, entries: int) -> None:
    """Entries as submissions leave them, with their data."""
    from jieyue.config import boot
    from jieyue.config.home import Home

    boot.setup(Home.create(home, synthetic=True))
    boot.migrate()
    from django.db import transaction
    from django.utils import timezone

    from jieyue.apps.audit.models import ActionLog
    from jieyue.apps.audit.services.checkpoint import checkpoint

    now, made = timezone.now(), 0
    while made < entries:
        with transaction.atomic():
            ActionLog.objects.bulk_create(
                [_entry(ActionLog, number, now) for number in range(made, min(made + _AT_ONCE, entries))],
                batch_size=500,
            )
        made += _AT_ONCE
        for _ in range(1):
            checkpoint()


def _entry(model: Any, number: int, at: Any) -> Any:
    data = {
        "institution": 2_147_483_648_000_000 + number % 16_685, "form": "NY201", "period": "2026-10", "instance": "",
        "revision": 7, "snapshot": f"{number:064x}", "steps": 1,
    }  # fmt: skip
    return model(
        at=at, actor=f"填报人{number % 16_685}", on_behalf="", verb="returns.submit", object=f"return:{number}",
        before=f"{number:064x}", after=f"{number + 1:064x}", request_id="", source="web", reason="",
        data=json.loads(json.dumps(data)),
    )  # fmt: skip


WORK = Work(
    name="log",
    shape="verify-log over 1,000,000 entries with chain, Merkle tree and signed checkpoints",
    prepare=prepare,
    ours=Side("jieyue", "bench.log:verify"),
    runs=3,
    bars=Bars(seconds=25.0),
)

if __name__ == "__main__":
    make(Path(homes.sys.argv[1]), int(homes.sys.argv[2]))
