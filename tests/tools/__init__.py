"""What the tests, the demo and the documents' checks need in Python: `python -m tools.NAME`, from the folder above."""
