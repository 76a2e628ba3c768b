"""Turns a sealed extract into a released dataset, on the far side of a trust boundary."""
