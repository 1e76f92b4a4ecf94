"""What of the documentation is made from the code: `python -m docs.generate`, or `make docs`."""
