"""The workers: one program, one role per process. `python -m worker ROLE`."""
