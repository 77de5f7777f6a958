"""The watcher: every transaction of a witness asks that what changes is logged, and what is logged changed.

`services.py` knows which service runs, `rows.py` which rows each transaction writes, `watcher.py` judges, `excused.py`
names what is let be and why, `witnesses.csv` says which test runs which service. tests/conftest.py turns it on;
`WATCH_REPORT=file pytest …` appends what each test ran, a JSON line each.
"""
