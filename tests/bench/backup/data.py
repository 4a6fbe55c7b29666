"""A database of a shop: text, numbers, times and JSON as ordinary rows have them, of at least the wanted size."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.adapters.scratch.server import ScratchServer

NAME = "shop"
FIRST = "Anna Ben Clara David Elif Femi Greta Hugo Ines Jamal Karin Liam Mona Nils Olga Pavel Rosa Samir Tara Yusuf"
LAST = "Adler Brandt Costa Dubois Eriksen Fischer Garcia Haddad Ivanov Jensen Kaya Lopez Meyer Novak Okafor Petrov"
STREET = "Main Mill Church Garden Station Harbour Forest Market School Bridge Castle Spring Linden Maple River Hill"
CITY = "Aachen Bremen Cork Dijon Espoo Faro Ghent Halle Izmir Jena Kiel Lyon Malaga Nantes Oslo Porto Riga Split Turin"
THING = "kettle lamp chair table carpet mirror blanket pillow basket shelf mug plate bowl spoon knife towel clock vase"
WORD = (
    "the a and of to in is was for with that it on as arrived late early damaged perfect colour size fits small large "
    "quality excellent poor return exchange customer please deliver neighbour door bell ring morning afternoon again "
    "recommended bought second time family gift birthday box missing manual instructions clear easy assemble minutes"
)
# Pseudo-random, but the same in every run: hashes of the row's number.
SETUP = """
CREATE FUNCTION pick(words text, n bigint, salt int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT (string_to_array(words, ' '))[1 + abs(hashint8(n * 31 + salt)::bigint)
   % array_length(string_to_array(words, ' '), 1)] $$;
CREATE FUNCTION sentence(n bigint, length int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT string_agg(pick('{word}', n * 64 + i, 7), ' ') FROM generate_series(1, length) i $$;
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('4f1c2a9b7d33');
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, email text NOT NULL, street text, city text,
  postal_code text, phone text, is_active boolean NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL, status text NOT NULL,
  currency text NOT NULL, total numeric(12, 2) NOT NULL, note text, placed_at timestamptz NOT NULL);
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL, kind text NOT NULL,
  payload jsonb NOT NULL, at timestamptz NOT NULL);
CREATE TABLE reviews (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL, stars int NOT NULL, body text NOT NULL);
""".replace("{word}", WORD)
FILL = f"""
INSERT INTO customers (name, email, street, city, postal_code, phone, is_active, created_at)
SELECT pick('{FIRST}', n, 1) || ' ' || pick('{LAST}', n, 2),
       lower(pick('{FIRST}', n, 1) || '.' || pick('{LAST}', n, 2)) || n || '@example.com',
       pick('{STREET}', n, 3) || ' Street ' || 1 + abs(hashint8(n)) % 120, pick('{CITY}', n, 4),
       lpad((abs(hashint8(n + 5)) % 99999)::text, 5, '0'), '+49 30 ' || 1000000 + abs(hashint8(n + 6)) % 8999999,
       hashint8(n) % 9 <> 0, timestamptz '2019-01-01' + n * interval '97 seconds'
  FROM generate_series(1, :customers) n;
INSERT INTO orders (customer_id, status, currency, total, note, placed_at)
SELECT 1 + abs(hashint8(n)) % :customers, pick('new paid sent delivered delivered delivered returned', n, 8), 'EUR',
       (abs(hashint8(n + 9)) % 40000) / 100.0, CASE WHEN n % 6 = 0 THEN sentence(n, 6) END,
       timestamptz '2020-01-01' + n * interval '41 seconds'
  FROM generate_series(1, :orders) n;
INSERT INTO events (order_id, kind, payload, at)
SELECT n, pick('placed paid packed sent delivered', n, 10),
       jsonb_build_object('order_id', n, 'source', pick('web web app shop', n, 11), 'user_agent',
         'Mozilla/5.0 (X11; Linux x86_64) Firefox/' || 100 + abs(hashint8(n + 12)) % 40, 'items',
         jsonb_build_array(
           jsonb_build_object('sku', 'SKU-' || abs(hashint8(n + 13)) % 5000, 'name', pick('{THING}', n, 14),
             'quantity', 1 + abs(hashint8(n + 15)) % 4, 'unit_price', (abs(hashint8(n + 16)) % 9000) / 100.0),
           jsonb_build_object('sku', 'SKU-' || abs(hashint8(n + 17)) % 5000, 'name', pick('{THING}', n, 18),
             'quantity', 1, 'unit_price', (abs(hashint8(n + 19)) % 9000) / 100.0)),
         'shipping', jsonb_build_object('carrier', pick('DHL UPS GLS DPD', n, 20), 'city', pick('{CITY}', n, 21))),
       timestamptz '2020-01-01' + n * interval '41 seconds' + interval '5 minutes'
  FROM generate_series(1, :orders) n;
INSERT INTO reviews (order_id, stars, body)
SELECT n * 5, 1 + abs(hashint8(n)) % 5, sentence(n, 12 + abs(hashint8(n + 22)) % 20)
  FROM generate_series(1, :orders / 5) n;
"""
FINISH = """
CREATE UNIQUE INDEX ON customers (email);
CREATE INDEX ON orders (customer_id, placed_at);
CREATE INDEX ON orders (status) WHERE status <> 'delivered';
CREATE INDEX ON events (order_id);
CREATE INDEX ON events (at);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE events ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE reviews ADD FOREIGN KEY (order_id) REFERENCES orders;
VACUUM ANALYZE;
"""
# Measured: so many bytes of database for one order with everything that belongs to it.
BYTES_AN_ORDER = 740


@dataclass(frozen=True)
class Programs:
    """The client programs of one server."""

    directory: Path
    server: ScratchServer

    def argv(self, program: str, *words: str) -> list[str]:
        """With the way to the server."""
        return [
            str(self.directory / program), "-h", self.server.address, "-p", str(self.server.port), "-U",
            self.server.user, *words,
        ]

    def psql(self, database: str, text: str) -> str:
        """Run it; what it printed, bare."""
        argv = self.argv("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database)
        return subprocess.run(argv, input=text, text=True, capture_output=True, check=True).stdout.strip()


def build(programs: Programs, wanted_bytes: int) -> int:
    """Make the database; its size in bytes."""
    programs.psql("postgres", f"CREATE DATABASE {NAME}")
    orders = wanted_bytes // BYTES_AN_ORDER
    fill = FILL.replace(":customers", str(orders // 8)).replace(":orders", str(orders))
    programs.psql(NAME, SETUP + fill + FINISH)
    return int(programs.psql(NAME, "SELECT pg_database_size(current_database())"))
