"""One referral as the PRSB social prescribing record, by its 355 rows."""
