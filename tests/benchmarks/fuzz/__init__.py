"""Hard use: every reader is given thousands of files that are a little wrong."""
