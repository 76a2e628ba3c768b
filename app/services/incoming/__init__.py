"""What comes in: referrals as messages, on pages and in files, and what later messages of a case change."""
