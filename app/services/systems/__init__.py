"""Other people's systems: how they sign in, what they subscribe to, where they can try things out."""
