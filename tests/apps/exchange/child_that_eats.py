"""A reader that wants more memory than it may have."""

import json
import sys

from jieyue.apps.exchange.reader_child import limit_myself

job = json.loads(sys.argv[1])
limit_myself(job["memory_bytes"], job["cpu_seconds"], job["output_bytes"])
kept = [bytearray(1 << 20) for _ in range(1 << 12)]
