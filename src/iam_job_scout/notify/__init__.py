"""Saved searches and their notices: what is new for whom, and how it reaches them."""
