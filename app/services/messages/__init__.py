"""Messages to people and organisations: e-mail, texts and letters, in fixed words, and whether they may leave."""
