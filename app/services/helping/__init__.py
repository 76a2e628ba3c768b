"""The provider's part: an answer, the help itself, its register and its waiting list."""
