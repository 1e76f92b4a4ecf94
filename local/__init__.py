"""Everything that runs the OMS on one machine: the embedded cloud, the simulators, the demo."""
