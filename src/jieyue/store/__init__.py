"""The lake: append-only tables under a versioned log, read as of a publication number. Heavy libraries load late."""

from jieyue.store.delta import DeltaLake
from jieyue.store.duck import EngineSettings

__all__ = ["DeltaLake", "EngineSettings"]
