"""The nouns of dispatch, frozen: what the floors above hand to each other."""
