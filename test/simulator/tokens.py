"""Codes and tokens that were issued: how they begin, what they are called in the log, and how they end.

A grant is one consent of the user, or an app's own; codes, refresh tokens and access tokens are its credentials. Their
texts are secrets, which nothing but an answer to a client or to a control call ever shows.
"""

import base64
import secrets
import threading
import time
from dataclasses import dataclass, field

# The names that stand for secrets begin with what the kind is called here.
KINDS = {"access_token": "access", "refresh_token": "refresh", "code": "code"}


@dataclass(eq=False)
class Grant:
    """What an app may do. `redirect_uri` is that of the authorization; `legacy`: its refresh token never changes."""

    app: str
    scopes: tuple
    redirect_uri: str = None
    legacy: bool = False


@dataclass(eq=False)
class Credential:
    """A code or token; `expires` is in seconds since 1970."""

    kind: str
    name: str
    text: str = field(repr=False)
    grant: Grant
    scopes: tuple
    issued: float
    expires: float
    alive: bool = True

    @property
    def works(self):
        return self.alive and time.time() < self.expires

    def state(self):
        """All but the text."""
        return {"name": self.name, "kind": self.kind, "app": self.grant.app, "scope": ",".join(self.scopes),
                "alive": self.works, "expires": self.expires}


def _new_text(kind):
    """A text that looks as Pinterest's do. A code has characters that must be escaped in URLs and forms."""
    if kind == "access_token":
        return "pina_" + secrets.token_hex(32).upper()
    if kind == "refresh_token":
        return "pinr." + secrets.token_urlsafe(36) + "." + secrets.token_urlsafe(24)
    return base64.b64encode(b"\xfb\xff" + secrets.token_bytes(44)).decode("ascii")


class Credentials:
    """All that was issued, by text."""

    def __init__(self):
        self.lock = threading.RLock()
        self.by_text = {}
        self.admissions_left = None

    def issue(self, kind, grant, seconds, scopes=None):
        """A new credential that lives for so many seconds, with all scopes of the grant or fewer."""
        with self.lock:
            number = 1 + sum(other.kind == kind for other in self.by_text.values())
            now = time.time()
            credential = Credential(kind, f"{KINDS[kind]}#{number}", _new_text(kind), grant, scopes or grant.scopes,
                                    now, now + seconds)
            self.by_text[credential.text] = credential
        return credential

    def find(self, kind, text):
        """The credential of a kind with a text, dead or alive, or None."""
        with self.lock:
            credential = self.by_text.get(text)
        return credential if credential and credential.kind == kind else None

    def name(self, text):
        """What stands in the place of a text that may be a secret."""
        with self.lock:
            credential = self.by_text.get(text)
        return credential.name if credential else "unknown"

    def admit(self, text):
        """The working access token with a text, or None. Counts it, and ends them all if that was the last time."""
        with self.lock:
            credential = self.find("access_token", text)
            if credential is None or not credential.works:
                return None
            if self.admissions_left is not None:
                self.admissions_left -= 1
                if self.admissions_left <= 0:
                    self.end("access_tokens")
            return credential

    def end(self, which):
        """End all of a kind ("access_tokens", "refresh_tokens", "codes") or the one of a name, or ValueError."""
        with self.lock:
            meant = [credential for credential in self.by_text.values()
                     if which in (credential.kind + "s", credential.name)]
            if not meant and which not in [kind + "s" for kind in KINDS]:
                raise ValueError(f"there is no {which}")
            for credential in meant:
                credential.alive = False
            if which == "access_tokens":
                self.admissions_left = None

    def end_after(self, count):
        """End all access tokens after so many more requests with one of them; None: do not."""
        with self.lock:
            self.admissions_left = count

    def latest(self, grant, scopes, seconds):
        """The grant's working access token with those scopes that is at most so many seconds old, or None."""
        oldest = time.time() - seconds
        with self.lock:
            found = [credential for credential in self.by_text.values()
                     if credential.grant is grant and credential.kind == "access_token" and credential.works
                     and credential.scopes == scopes and credential.issued > oldest]
        return found[-1] if found else None

    def state(self):
        with self.lock:
            return [credential.state() for credential in self.by_text.values()]
