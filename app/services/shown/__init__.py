"""What pages and the JSON API show of a referral: one value for each audience."""
