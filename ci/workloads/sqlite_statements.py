#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Prints SQL for the sqlite3 shell: tables, indices, inserts, updates, grouped selects, deletes. Always the same text.

usage: sqlite_statements.py STATEMENT_COUNT (at least 1000)
"""
import sys

CUSTOMER_COUNT = 2_000
TRANSACTION_STATEMENTS = 500


def pseudo_random(seed=20_260_101):
    """Numbers of 32 bits, the same in every version of Python (Knuth's MMIX constants)."""
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 32


def schema():
    yield "CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, note TEXT);"
    yield ("CREATE TABLE purchase(id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer(id), item TEXT, "
           "amount INTEGER, price REAL, payload BLOB);")
    yield "CREATE INDEX customer_region ON customer(region, name);"
    yield "CREATE INDEX purchase_customer ON purchase(customer, amount);"
    yield "CREATE INDEX purchase_item ON purchase(item);"


def statement(kind, number, random):
    customer = next(random) % CUSTOMER_COUNT
    if kind < 50:
        payload = "ab" * (next(random) % 200)
        return (f"INSERT INTO purchase VALUES({number}, {customer}, 'item {next(random) % 97}', {next(random) % 100}, "
                f"{next(random) % 10_000 / 100}, x'{payload}');")
    if kind < 70:
        return (f"UPDATE purchase SET amount = amount + 1, item = 'item {next(random) % 97}' "
                f"WHERE id = {next(random) % number};")
    if kind < 80:
        return f"UPDATE customer SET note = coalesce(note, '') || 'seen {number};' WHERE id = {customer};"
    if kind < 90:
        return f"SELECT count(*), sum(amount) FROM purchase WHERE customer = {customer};"
    if kind < 99:
        return f"DELETE FROM purchase WHERE id = {next(random) % number};"
    return (f"SELECT item, count(*), avg(price) FROM purchase WHERE customer BETWEEN {customer} AND {customer + 20} "
            "GROUP BY item HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT 5;")


def statements(count):
    random = pseudo_random()
    yield from schema()
    for number in range(CUSTOMER_COUNT):
        yield f"INSERT INTO customer VALUES({number}, 'customer {next(random)}', 'region {number % 31}', NULL);"
    for number in range(1, count + 1):
        yield statement(next(random) % 100, number, random)
    yield ("SELECT region, count(*), sum(amount), round(avg(price), 3) "
           "FROM customer JOIN purchase ON customer.id = customer GROUP BY region ORDER BY region;")
    yield "PRAGMA integrity_check;"


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdigit() or int(sys.argv[1]) < 1000:
        sys.exit(f"usage: {sys.argv[0]} STATEMENT_COUNT (at least 1000)")
    lines = []
    for index, line in enumerate(statements(int(sys.argv[1]))):
        if index % TRANSACTION_STATEMENTS == 0:
            lines.append("BEGIN;" if index == 0 else "COMMIT; BEGIN;")
        lines.append(line)
    lines.append("COMMIT;")
    sys.stdout.write("\n".join(lines) + "\n")


main()
