"""ControlNets in requests: which there are, and what makes their maps."""
