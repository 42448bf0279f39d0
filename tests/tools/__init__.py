"""The checks of docs, examples, events and deployment, in Python: `python -m tools.NAME` in the folder above."""
