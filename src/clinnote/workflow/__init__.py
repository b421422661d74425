"""The only package that knows all stages: wires them and does nothing else."""
