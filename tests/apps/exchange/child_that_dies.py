"""A reader that is killed."""

import os
import signal

os.kill(os.getpid(), signal.SIGSEGV)
