"""Schema migrations: ledger/ and control/ are two lines of versions run by one env.py."""
