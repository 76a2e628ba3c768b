"""For how long records are kept, who is on hold, and what two stewards decide about the rest."""
