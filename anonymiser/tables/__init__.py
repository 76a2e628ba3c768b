"""Tier T: counts of people that may be published, and the proof that they give nobody away."""
