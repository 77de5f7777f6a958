"""One run in a process of its own: `python -m bench.cold MODULE:FUNCTION JSON`.

Imports happen before the clock starts; what is timed is the call. The last line of output is JSON.
"""

import importlib
import json
import resource
import sys
import time


def main() -> None:
    module_name, _, function_name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(module_name), function_name)
    arguments = json.loads(sys.argv[2])
    start = time.perf_counter()
    answer = function(**arguments)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB
    print(json.dumps({"seconds": seconds, "mebibytes": peak, "answer": answer}))


if __name__ == "__main__":
    main()
