"""The directory of services: entered, edited, kept true, searched, published as open data."""
