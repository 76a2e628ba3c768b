"""neighbourhoods Nobody forgotten: time limits, ladders, proofs, and what the steward sees and sets."""
