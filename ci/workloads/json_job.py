#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Generates, parses, transforms and dumps JSON, several rounds; prints the digest of the outcome, always the same.

usage: json_job.py RECORD_COUNT ROUND_COUNT
"""
import hashlib
import json
import sys


def document(record_count, salt):
    return json.dumps([
        {
            "id": number,
            "name": f"sensor {number * 7919 % 10_007}",
            "tags": [f"tag {(number + salt) * step % 101}" for step in range(1, 8)],
            "readings": [((number * 31 + salt) * step) % 1009 / 8 for step in range(1, 24)],
            "position": {"x": number % 640, "y": number % 480, "note": "long " * (number % 40)},
        }
        for number in range(record_count)
    ])


def transform(records):
    by_tag = {}
    for record in records:
        readings = sorted(record["readings"])
        median = readings[len(readings) // 2]
        summary = {"id": record["id"], "median": median, "note": record["position"]["note"].upper()}
        for tag in record["tags"]:
            by_tag.setdefault(tag, []).append(summary)
    order = lambda member: (-member["median"], member["id"])
    return {tag: sorted(members, key=order) for tag, members in by_tag.items()}


def main():
    if len(sys.argv) != 3 or not all(argument.isdigit() and int(argument) > 0 for argument in sys.argv[1:]):
        sys.exit(f"usage: {sys.argv[0]} RECORD_COUNT ROUND_COUNT")
    digest = hashlib.sha256()
    for salt in range(int(sys.argv[2])):
        grouped = transform(json.loads(document(int(sys.argv[1]), salt)))
        digest.update(json.dumps(grouped, sort_keys=True, indent=1).encode())
    print(digest.hexdigest())


main()
