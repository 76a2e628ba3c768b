"""What people are owed: their word, their record on request, correction, erasure, and who looked."""
