"""What a call shows of who asks: the token of a login, the operators' key, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...clock import from_iso
from ..advice import Exit
from ..invocation import CommandError
from .logins import Login

if TYPE_CHECKING:
    from ...clock import Clock
    from .calls import Calls
    from .logins import Logins

MARGIN_SECONDS: Final = 60.0
"""A token that ends so soon is as good as ended."""


class Identity:
    """Chooses what calls show.

    Parameters
    ----------
    calls : Calls
        The server.
    logins : Logins
        Where its login is kept.
    admin_key : str
        The operators' key; empty when it is not known.
    clock : Clock
        Tells whether a token is good.
    """

    def __init__(self, calls: Calls, *, logins: Logins, admin_key: str, clock: Clock) -> None:
        self._calls = calls
        self._logins = logins
        self._admin_key = admin_key
        self._clock = clock
        self._login = logins.of(calls.address)

    @property
    def login(self) -> Login | None:
        """The login, while its token is good."""
        login = self._login
        if login is None or login.expires_at <= self._clock.now() + MARGIN_SECONDS:
            return None
        return login

    def client(self, named: str | None) -> str:
        """Return whom a command is about: the client that it names, or the login's.

        Raises
        ------
        CommandError
            Neither is there.
        """
        if named is not None:
            return named
        if self.login is None:
            raise CommandError(
                f"nobody is logged in at {self._calls.address}",
                remedy="submit a job, which logs in; or name a client with --client, and give "
                "the operators' key in MIP_ADMIN_KEY",
                ends=Exit.AUTH,
                code="cli.no_login",
            )
        return self.login.client_id

    def as_client(self, client_id: str) -> dict[str, str]:
        """Return the headers of a call about a client; none for a client of an open server."""
        if self.login is not None and self.login.client_id == client_id:
            return {"authorization": f"Bearer {self.login.token}"}
        return self.as_operator() if self._admin_key else {}

    def as_operator(self) -> dict[str, str]:
        """Return the headers of a call for operators.

        Raises
        ------
        CommandError
            The key is not known, or cannot be one.
        """
        if not self._admin_key:
            raise CommandError(
                "this is for operators",
                remedy="give their key: export MIP_ADMIN_KEY=…",
                ends=Exit.AUTH,
                code="cli.no_admin_key",
            )
        if not (self._admin_key.isascii() and self._admin_key.isprintable()):
            raise CommandError(
                "MIP_ADMIN_KEY: expected printable ASCII characters",
                remedy="give the key as it was shown",
            )
        return {"x-admin-key": self._admin_key}

    def as_anyone(self) -> dict[str, str]:
        """Return the headers that show most: of a call that operators are told more by."""
        if self._admin_key:
            return self.as_operator()
        return self.as_client(self.login.client_id) if self.login is not None else {}

    @property
    def is_operator(self) -> bool:
        """True when the operators' key is known."""
        return bool(self._admin_key)

    async def log_in(self) -> Login:
        """Become a client of the server, or renew a token that is past half of its time."""
        login = self.login
        now = self._clock.now()
        if login is not None and now < login.renew_at:
            return login
        proof = {} if login is None else {"authorization": f"Bearer {login.token}"}
        answer = await self._calls.call("POST", "/provision", headers=proof)
        try:
            expires_at = from_iso(answer["expires_at"])
            made = Login(
                server=self._calls.address,
                client_id=str(answer["client_id"]),
                token=str(answer["token"]),
                expires_at=expires_at,
                renew_at=(now + expires_at) / 2,
            )
        except (KeyError, TypeError, ValueError):
            raise self._calls.strange("it gave no token") from None
        self._logins.keep(made)
        self._login = made
        return made
