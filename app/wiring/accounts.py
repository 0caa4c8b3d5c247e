"""Who may sign in: people and their sessions, kept beside the API keys."""

from app.adapters.accounts_sql import SqlPeople
from app.adapters.control_database import ControlDatabase
from app.adapters.passwords import Argon2Passwords
from app.services.accounts import Accounts
from app.services.ports import Clock
from app.settings import Settings
from app.wiring.secret import derive, open_secret


def people_key(settings: Settings) -> bytes:
    """Return the key under which tokens of sessions, forms and one-time links are hashed."""
    return derive(open_secret(settings), "people")


def open_accounts(control: ControlDatabase, key: bytes, clock: Clock) -> Accounts:
    """Return who may sign in, kept in the database of the keys; `key` hashes their tokens."""
    return Accounts(SqlPeople(control), Argon2Passwords(), clock, key=key)
