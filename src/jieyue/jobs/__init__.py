"""The worker: schedules only; what is done lies in the apps."""
