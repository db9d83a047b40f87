"""How well the risk screen reads: `make evaluate-risk`."""
