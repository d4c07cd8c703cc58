"""What became of tasks: figures of each, how far a run is, who got what, and how much waits."""
