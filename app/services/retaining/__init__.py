"""Keeping and erasing: records whose time is over are listed each day, and two people decide what becomes of each."""
