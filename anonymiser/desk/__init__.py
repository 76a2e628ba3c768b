"""Answers analysts' questions about the newest release, through a letter box of files and no network."""
