"""People's own side: their door, their page, their plan, what they say and what they take along."""
