"""Use cases: one verb, one function, one transaction; load, ask the rules, store, leave word in the outbox."""
