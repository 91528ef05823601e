"""Who may do what: the owner's one-time link, passwords, sessions on the server."""
