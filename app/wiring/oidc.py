"""Signing in by an identity provider, where one is set up."""

from app.adapters.accounts_sql import SqlPeople
from app.adapters.control_database import ControlDatabase
from app.core.errors import SettingsRefused
from app.core.oidc import read_setup
from app.services.accounts import Accounts
from app.services.oidc import OidcSignIn
from app.services.ports import Clock
from app.settings import Settings
from app.wiring.secret import derive, open_secret


def open_oidc(
    settings: Settings, control: ControlDatabase, accounts: Accounts, clock: Clock
) -> OidcSignIn | None:
    """Return the way in by the provider of `oidc_file`, None without one.

    Raises SettingsRefused where the file or the extra `oidc` is not there.
    """
    if settings.oidc_file is None:
        return None
    try:
        text = settings.oidc_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsRefused("ENTRY_RISK_OIDC_FILE: found no readable file") from None
    setup = read_setup(text)
    try:
        from app.adapters.oidc_provider import HttpProvider  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise SettingsRefused("ENTRY_RISK_OIDC_FILE: needs the extra entry-risk[oidc]") from error
    given = settings.oidc_client_secret
    secret = None if given is None else given.get_secret_value()
    key = derive(open_secret(settings), "oidc")
    provider = HttpProvider(setup, secret, clock.now)
    return OidcSignIn(setup, provider, SqlPeople(control), accounts, clock, key=key)
