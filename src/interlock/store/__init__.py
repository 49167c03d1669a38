"""Where the ledger is kept. The only room that knows SQL or a database driver."""
