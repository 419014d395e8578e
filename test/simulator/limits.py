"""Rate limits: two buckets per user of an app and category, their headers, and refusal when it is switched on.

In the trial tier there is one bucket a day for all categories together.
"""

import math
import threading
from dataclasses import dataclass

SAFETY_NET = "safety_net"
UNIVERSAL = "universal"
TIERS = ("standard", "trial")
STANDARD = {
    SAFETY_NET: (100, 1),
    UNIVERSAL: (1000, 86400),
    "ads_analytics": (300, 60),
    "ads_read": (1000, 60),
    "org_read": (1000, 60),
    "org_analytics": (60, 60),
    "catalogs_read": (100, 60),
    "trends_read": (60, 60),
}


@dataclass
class Bucket:
    """A count of calls in a window that begins with the first call."""

    name: str
    limit: int
    window: float
    started: float
    used: int = 0

    def left(self):
        return max(0, self.limit - self.used)

    def reset_seconds(self, now):
        return max(1, math.ceil(self.started + self.window - now))

    def policy(self):
        return f'{self.limit};w={self.window:g};name="{self.name}_app_id_user_id"'


class Limiter:
    """All buckets. Without enforcement they only count, and never announce exhaustion."""

    def __init__(self):
        self.lock = threading.Lock()
        self.limits = dict(STANDARD)
        self.enforced = False
        self.tier = "standard"
        self.buckets = {}

    def configure(self, limits, enforced):
        """Change limits ({category: (calls, seconds)}) and enforcement; counting starts anew."""
        with self.lock:
            self.limits.update({name: tuple(limit) for name, limit in limits.items()})
            self.enforced = enforced
            self.buckets.clear()

    def set_tier(self, tier):
        """Change the tier, or ValueError; counting starts anew."""
        if tier not in TIERS:
            raise ValueError(f"tier cannot be {tier!r}")
        with self.lock:
            self.tier = tier
            self.buckets.clear()

    def take(self, holder, category, now):
        """Count a call of a user of an app. Answers whether it is allowed, and the headers that tell."""
        with self.lock:
            names = (SAFETY_NET, UNIVERSAL if self.tier == "trial" else category)
            buckets = [self._bucket(holder, name, now) for name in names]
            allowed = not self.enforced or all(bucket.left() for bucket in buckets)
            for bucket in buckets if allowed else ():
                bucket.used += 1
            return allowed, self._headers(buckets, now)

    def _bucket(self, holder, name, now):
        limit, window = self.limits[name]
        bucket = self.buckets.get((holder, name))
        if bucket is None or now >= bucket.started + bucket.window:
            bucket = self.buckets[holder, name] = Bucket(name, limit, window, now)
        return bucket

    def _headers(self, buckets, now):
        """Limit, remaining and reset of one bucket, then all policies.

        It is the one closest to exhaustion, but that of a day goes before one of a second that has calls left.
        """
        closest = min(buckets, key=lambda bucket: (bucket.left() > 0, bucket.name != UNIVERSAL, bucket.left()))
        remaining = closest.left()
        if not self.enforced:
            remaining = max(remaining, closest.limit // 2)
        policies = ", ".join(bucket.policy() for bucket in buckets)
        return {
            "x-ratelimit-limit": f"{closest.limit}, {policies}",
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": str(closest.reset_seconds(now)),
        }
