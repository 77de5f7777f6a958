"""A Spark session of this process for the tests of one file, configured as a cluster's operator does it: by files."""

import os
from pathlib import Path

from jieyue.store import DeltaLake, EngineSettings

LOCAL = "local[2]"
#: Small data: compiling a query would take longer than running it.
_DEFAULTS = """
spark.driver.memory              1g
spark.driver.extraJavaOptions    -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.codegen.wholeStage     false
spark.sql.codegen.factoryMode    NO_CODEGEN
spark.sql.adaptive.enabled       false
"""


def configure(folder: Path) -> None:
    """Before the first session: the JVM reads its configuration once."""
    (folder / "spark-defaults.conf").write_text(_DEFAULTS, "utf-8")
    os.environ["SPARK_CONF_DIR"] = str(folder)


def on_spark(lake: DeltaLake) -> DeltaLake:
    """The same lake with the other engine."""
    return DeltaLake(lake.root, settings=EngineSettings(master=LOCAL))
