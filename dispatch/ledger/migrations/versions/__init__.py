"""One module for each revision, in order; a revision is never changed once it was released."""
