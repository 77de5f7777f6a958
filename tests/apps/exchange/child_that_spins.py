"""A reader that burns processor time within its limit."""

import json
import sys

from jieyue.apps.exchange.reader_child import limit_myself

job = json.loads(sys.argv[1])
limit_myself(job["memory_bytes"], job["cpu_seconds"], job["output_bytes"])
while True:
    pass
