"""IAM Job Scout: finds, explains and tracks job openings for identity professionals."""

__version__ = "0.1.0"
