"""All institutions of a run with their intensities, what makes them peers (type, size, group of regions), where they
hang in the trees, and the amounts that a dashboard draws; stored with the run."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from jieyue.apps.accounts.collect import Everyone
from jieyue.apps.accounts.everyone import everyone
from jieyue.apps.accounts.nodes import RunTrees
from jieyue.apps.accounts.packed import packed, unpacked
from jieyue.apps.accounts.services.compute_run import RunPlan, store_part, stored_content
from jieyue.apps.publication.memory import LastFew
from jieyue.domain.indicators import compute

#: The name tells the columns: what was stored before a column was added is made anew.
PEERS = "peers.2"
#: What institutions are compared by.
INTENSITIES = (
    "energy_per_area_kgce_m2", "energy_per_person_kgce", "water_per_person_m3", "co2_per_area_kg_m2",
    "co2_per_person_kg", "electricity_per_area_kwh_m2",
)  # fmt: skip
#: How large an institution is and what it used, and the share of its due returns that says so.
AMOUNTS = ("floor_area_m2", "persons", "energy_building_tce", "energy_total_tce")
COMPLETE = "completeness"
_GATHERING = "group"
_kept = LastFew["PeerFrame"](4)


@dataclass(frozen=True)
class PeerFrame:
    """One row for each institution in the count: `institution`, its nodes `type`, `area`, `department` and `line`,
    `group` (0 = none) and its numbers as texts."""

    table: pa.Table

    def to_bytes(self) -> bytes:
        """The frame as a compressed Arrow file."""
        return packed(self.table)

    @classmethod
    def from_bytes(cls, content: bytes) -> "PeerFrame":
        """Read what `to_bytes` wrote."""
        return cls(unpacked(content))

    def numbers(self, name: str) -> list[int]:
        """A column of identifiers."""
        found: list[int] = self.table.column(name).to_pylist()
        return found

    def values(self, name: str) -> list[Fraction | None]:
        """A column of numbers, None where missing."""
        return [None if text is None else Fraction(text) for text in self.table.column(name).to_pylist()]


def peer_frame(plan: RunPlan, *, compute_it: bool = True) -> PeerFrame | None:
    """The stored frame of a run, else computed and stored; compute_it False: None where it is not stored."""
    if (known := _kept.peek((plan.id, PEERS))) is not None:
        return known
    content = stored_content(plan.id, PEERS)
    if content is None and not compute_it:
        return None

    def made() -> PeerFrame:
        if content is not None:
            return PeerFrame.from_bytes(content)
        frame = compute_peers(plan)
        written = frame.to_bytes()
        store_part(plan, PEERS, written, hashlib.sha256(written).hexdigest())
        return frame

    return _kept.get((plan.id, PEERS), made)


def compute_peers(plan: RunPlan) -> PeerFrame:
    """Compute the frame from the lake; stores nothing."""
    people = everyone(plan)
    own = people.counted.nonzero()[0]
    found = compute(people.sums, plan.method.account, (*AMOUNTS, COMPLETE, *INTENSITIES))
    columns = {
        name: [None if (value := column.values[int(place)]) is None else str(value) for place in own]
        for name, column in found.items()
    }
    groups = _groups(people)
    return PeerFrame(
        pa.table(
            {
                "institution": pa.array(people.ids[own].tolist(), pa.int64()),
                **{tree: pa.array(nodes[own].tolist(), pa.int64()) for tree, nodes in people.nodes.items()},
                "group": pa.array(
                    [groups.get(node, 0) for node in people.nodes["area"][own].tolist()], pa.int64()
                ),
                **{name: pa.array(texts, pa.string()) for name, texts in columns.items()},
            }
        )
    )


def _groups(people: Everyone) -> dict[int, int]:
    """Node of the area tree → the highest group of regions above it."""
    trees: RunTrees = people.trees
    parents = trees.parents("area")
    found = {}
    for node in parents:
        step: int | None = node
        while step is not None:
            if trees.nodes[step].kind == _GATHERING:
                found[node] = step
            step = parents.get(step)
    return found
