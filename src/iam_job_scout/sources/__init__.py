"""Where postings come from: one upstream client, one adapter a source, the boards that are watched."""
