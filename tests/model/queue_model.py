"""A queue in a page of lists: what a transport must do, without how."""

from __future__ import annotations

from dataclasses import dataclass, field

DEDUP_SECONDS = 300


@dataclass
class Held:
    body: bytes
    group: str
    dedup: str
    born: float
    serial: int
    deliveries: int = 0
    receipt: str | None = None
    hidden_until: float = 0.0
    ready_since: float = 0.0

    def is_lent(self, now):
        return self.receipt is not None and now < self.hidden_until


@dataclass
class QueueModel:
    """One queue; every method takes the instant at which it happens."""

    lease: float
    retention: float
    max_receives: int
    live: list[Held] = field(default_factory=list)
    dead: list[tuple[Held, str, float]] = field(default_factory=list)
    seen: dict[str, float] = field(default_factory=dict)
    serial: int = 0

    def publish(self, body, group, dedup, now):
        if dedup in self.seen and now - self.seen[dedup] < DEDUP_SECONDS:
            return "duplicate"
        self.seen[dedup] = now
        self._append(body, group, dedup, now)
        return "published"

    def _append(self, body, group, dedup, now):
        self.serial += 1
        self.live.append(Held(body, group, dedup, now, self.serial, ready_since=now))

    def heads(self):
        """Return the first message of each group."""
        first: dict[str, Held] = {}
        for message in self.live:
            first.setdefault(message.group, message)
        return list(first.values())

    def ready(self, now):
        """Return the heads that can be given, longest wait first."""
        found = [head for head in self.heads() if head.hidden_until <= now]
        return sorted(found, key=lambda head: (head.ready_since, head.serial))

    def receive(self, most, now, lease=None):
        """Return the messages lent; ``lend`` gives each its receipt."""
        taken: list[Held] = []
        while len(taken) < most:
            candidates = [head for head in self.ready(now) if head not in taken]
            if not candidates:
                break
            head = candidates[0]
            if now - head.born > self.retention:
                self._remove(head, head.ready_since)
            elif head.deliveries >= self.max_receives:
                self.dead.append((head, "max_receives", now))
                self._remove(head, head.ready_since)
            else:
                head.deliveries += 1
                head.receipt = "to be told"
                head.hidden_until = now + (self.lease if lease is None else lease)
                head.ready_since = head.hidden_until
                taken.append(head)
        return taken

    def _remove(self, message, ready_since):
        self.live.remove(message)
        for follower in self.live:
            if follower.group == message.group:
                follower.ready_since = max(ready_since, follower.born)
                break

    def holder(self, receipt, now):
        """Return the message that this receipt holds."""
        for message in self.live:
            if message.receipt == receipt and message.is_lent(now):
                return message
        return None

    def ack(self, receipt, now):
        message = self.holder(receipt, now)
        if message is None:
            return "lease_lost"
        self._remove(message, now)
        return "done"

    def nack(self, receipt, delay, now):
        message = self.holder(receipt, now)
        if message is None:
            return "lease_lost"
        message.receipt = None
        message.hidden_until = message.ready_since = now + delay
        return "done"

    def extend(self, receipt, lease, now):
        message = self.holder(receipt, now)
        if message is None:
            return "lease_lost"
        message.hidden_until = message.ready_since = now + lease
        return "done"

    def dead_letter(self, receipt, reason, now):
        message = self.holder(receipt, now)
        if message is None:
            return "lease_lost"
        self.dead.append((message, reason, now))
        self._remove(message, now)
        return "done"

    def dead_letters(self, now):
        return [letter for letter in self.dead if now - letter[2] <= self.retention]

    def redrive(self, letters, now):
        for letter in letters:
            self.dead.remove(letter)
            self._append(letter[0].body, letter[0].group, object(), now)

    def restart_of_the_machine(self, now):
        """End all loans and delays."""
        for message in self.live:
            message.receipt = None
            message.hidden_until = min(message.hidden_until, now)
            message.ready_since = min(message.ready_since, now)

    def depth(self, now):
        """Return how many wait, are on loan, are delayed and are dead."""
        heads = self.heads()
        lent = [head for head in heads if head.is_lent(now)]
        kept = [m for m in self.live if m in lent or now - m.born <= self.retention]
        delayed = [h for h in heads if h in kept and h not in lent and h.hidden_until > now]
        waiting = len(kept) - len(lent) - len(delayed)
        return (waiting, len(lent), len(delayed), len(self.dead_letters(now)))
