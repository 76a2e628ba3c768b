"""Pages of whoever asks for help: practices, other requesters, people for themselves."""
