"""Pages of signing in and of who has an account."""
