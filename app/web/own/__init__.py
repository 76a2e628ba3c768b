"""People's own pages, behind their own link."""
