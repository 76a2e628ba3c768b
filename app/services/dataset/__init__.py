"""The shared dataset seen from this side of the boundary: what leaves for it, who may ask it, what it says."""
