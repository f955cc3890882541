"""Engines: what gets a list of tasks done, in this process, in a pool of processes, or on a Ray cluster."""
