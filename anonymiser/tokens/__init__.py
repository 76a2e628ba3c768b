"""Names for people that only two key holders together can make, and everything that must happen before and after."""
