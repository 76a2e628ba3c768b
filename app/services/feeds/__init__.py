"""Other people's directories and open data: read, matched, taken in, reported on."""
