"""Ways out of the house and in again: each transport has the one shape of transport.py."""
