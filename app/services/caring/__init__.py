"""The link worker's part: from a first look at a referral to its end."""
