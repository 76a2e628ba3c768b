"""How people come in: passwords, second steps, other people's word, accounts and their roles."""
