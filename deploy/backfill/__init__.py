"""Fill a column in batches, from a migration, while users write to the table. Needs SQLAlchemy alone.

    from deploy.backfill import fill_in_batches

    def upgrade():
        fill_in_batches(op, "orders", "side = 'buy'", where="side IS NULL")

One UPDATE of a large table holds every row's lock until its end, makes one transaction that vacuum and replicas wait
for, and begins anew when it is cut off. This goes by ranges of the primary key, commits each batch, keeps a batch near
half a second, waits while replicas lag or sessions queue for the table, and after a kill goes on where it stopped.
"""

from __future__ import annotations

from deploy.backfill.batches import Backfill, Filled, Pace, fill, fill_in_batches

__all__ = ["Backfill", "Filled", "Pace", "fill", "fill_in_batches"]
