"""For groups without an account: links to one offer, and text that outlives a visit."""
