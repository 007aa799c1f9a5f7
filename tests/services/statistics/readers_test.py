#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Gives what the exporters write to readers that are not ours, and compares what those understand.

usage: readers_test.py json SPECIMEN SCHEMA      the schema accepts it, and refuses it with any one thing wrong
       readers_test.py csv SPECIMEN              Python's csv reads the names that the JSON has
       readers_test.py promtool SPECIMEN TOOL    `promtool check metrics` accepts it
       readers_test.py scrape SPECIMEN SERVER    a prometheus server scrapes it from loopback, and answers with each sample of the text

SPECIMEN prints statistics, or serves them: see specimen.cpp. Exit status: 0 iff all of that holds.
"""
import copy
import csv
import io
import json
import pathlib
import re
import selectors
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

DEADLINE_SECONDS = 120  # of a server that starts and scrapes; a hundred times what it takes


def printed(specimen, form):
    return subprocess.run([specimen, form], check=True, stdout=subprocess.PIPE).stdout


def fail(what):
    print(f"readers_test: {what}", file=sys.stderr)
    sys.exit(1)


# --- JSON ----------------------------------------------------------------------------------------------------------------------


def wrong_documents(document):
    """Copies of the document, each with one thing wrong, and what that is."""
    def places(node, path):
        yield path, node
        if isinstance(node, dict):
            for key, child in node.items():
                yield from places(child, path + [key])
        elif isinstance(node, list) and node:
            yield from places(node[0], path + [0])

    def changed(path, change):
        copied = copy.deepcopy(document)
        node = copied
        for step in path:
            node = node[step]
        change(node)
        return copied

    for path, node in places(document, []):
        where = "/".join(map(str, path))
        if not isinstance(node, dict):
            continue
        yield f"{where}: a member too many", changed(path, lambda each: each.update(surplus=1))
        for key in node:
            yield f"{where}: without {key}", changed(path, lambda each, key=key: each.pop(key))
            wrong = -1 if isinstance(node[key], int) and not isinstance(node[key], bool) else ["wrong"]
            if not isinstance(node[key], list):
                yield f"{where}/{key}: {wrong}", changed(path, lambda each, key=key, wrong=wrong: each.update({key: wrong}))


def check_json(specimen, schema_file):
    import jsonschema  # of the system's Python
    schema = json.loads(pathlib.Path(schema_file).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for form in "json", "change":
        document = json.loads(printed(specimen, form).decode("utf-8", errors="strict"))
        for problem in validator.iter_errors(document):
            fail(f"{form}: the schema refuses {list(problem.absolute_path)}: {problem.message[:200]}")
    # One source with values, and one metric of each kind, so that each rule is broken once.
    small = json.loads(printed(specimen, "json"))
    small["sources"] = [small["sources"][-1]]
    for kind in ("counter", "histogram"):
        chosen = copy.deepcopy(small)
        chosen["sources"][0]["metrics"] = [each for each in small["sources"][0]["metrics"] if each["kind"] == kind][:1]
        count = 0
        for what, wrong in wrong_documents(chosen):
            count += 1
            if validator.is_valid(wrong):
                fail(f"the schema accepts a wrong document: {what}")
        print(f"{kind}: {count} wrong documents refused")
        if count < 40:
            fail("there must be more ways to be wrong")


# --- CSV -----------------------------------------------------------------------------------------------------------------------


def check_csv(specimen):
    rows = list(csv.DictReader(io.StringIO(printed(specimen, "csv").decode("utf-8"), newline=""), strict=True))
    expected = []
    for source in json.loads(printed(specimen, "json"))["sources"]:
        for metric in source["metrics"]:
            label = metric["label"] or {"name": "", "value": ""}
            begin = (str(source["id"]), source["name"], source["kind"], metric["name"], metric["kind"], label["name"], label["value"])
            if metric["kind"] != "histogram":
                expected.append(begin + ("value", str(metric["value"])))
                continue
            values = metric["distribution"]
            for statistic in ("count", "sum", "overflow", "mean", "standard_deviation"):
                expected.append(begin + (statistic, values[statistic]))
            for percent, value in values["percentiles"].items():
                expected.append(begin + ("p" + percent, value and value["value"]))
    if len(rows) != len(expected):
        fail(f"{len(rows)} rows, where the JSON has {len(expected)} numbers")
    for row, wanted in zip(rows, expected):
        given = tuple(row.values())
        same_value = given[-1] == "" if wanted[-1] is None else float(given[-1]) == float(wanted[-1])
        if given[:-1] != wanted[:-1] or not same_value:
            fail(f"row {given} differs from the JSON's {wanted}")
    print(f"{len(rows)} rows read")


# --- Prometheus ----------------------------------------------------------------------------------------------------------------


def samples_of(text):
    """{(name, labels): value} of the text format, by its grammar."""
    samples = {}
    for line in text.split("\n"):
        if line == "" or line.startswith("#"):
            continue
        name = re.match(r"[a-zA-Z_:][a-zA-Z0-9_:]*", line).group()
        at = len(name)
        labels = []
        if line[at] == "{":
            at += 1
            while line[at] != "}":
                key = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)=\"").match(line, at)
                at = key.end()
                value = ""
                while line[at] != '"':
                    if line[at] == "\\":
                        at += 1
                        value += {"n": "\n", "\\": "\\", '"': '"'}[line[at]]
                    else:
                        value += line[at]
                    at += 1
                labels.append((key.group(1), value))
                at += 2 if line[at + 1] == "," else 1
            at += 1
        where = (name, frozenset(each for each in labels if each[1] != ""))  # an empty label is none
        if where in samples:
            fail(f"told twice: {where}")
        samples[where] = float(line[at:])
    return samples


def check_promtool(specimen, promtool):
    checked = subprocess.run([promtool, "check", "metrics"], input=printed(specimen, "prometheus"), capture_output=True)
    if checked.returncode != 0 or checked.stdout or checked.stderr:
        fail(f"promtool: status {checked.returncode}: {checked.stdout + checked.stderr}")


class Program:
    """A program of ours, ended when the block ends, with its output read line by line up to a deadline."""

    def __init__(self, command, stream):
        pipe = {"stdin": subprocess.PIPE, stream: subprocess.PIPE}
        self.process = subprocess.Popen(command, **pipe)
        self.stream = getattr(self.process, stream)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()

    def line_with(self, pattern, deadline):
        seen = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.stream, selectors.EVENT_READ)
            while time.monotonic() < deadline and selector.select(timeout=1) is not None:
                if not selector.select(timeout=0):
                    continue
                part = self.stream.read1(65536)
                seen += part
                found = re.search(pattern, seen.decode("utf-8", errors="replace"))
                if found:
                    return found.group(1)
                if not part:
                    break
        return fail(f"{self.process.args[0]} did not say {pattern}; it said {seen.decode(errors='replace')}")


def asked(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode("utf-8")


def wait_for(what, ask, deadline):
    """Until `ask` gives something; whatever it gave last otherwise."""
    problem = None
    while time.monotonic() < deadline:
        try:
            answer = ask()
            if answer:
                return answer
        except (urllib.error.URLError, ConnectionError, TimeoutError) as failure:
            problem = failure
        time.sleep(0.1)
    return fail(f"no {what} in {DEADLINE_SECONDS} s: {problem}")


def check_scrape(specimen, server):
    deadline = time.monotonic() + DEADLINE_SECONDS
    with Program([specimen, "serve"], "stdout") as served, tempfile.TemporaryDirectory() as folder:
        url = urllib.parse.urlsplit(served.line_with(r"(http://\S+)\n", deadline))
        configuration = pathlib.Path(folder) / "prometheus.yml"
        configuration.write_text(json.dumps({  # which is YAML, too
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "specimen", "metrics_path": url.path, "static_configs": [{"targets": [url.netloc]}]}],
        }), encoding="utf-8")
        command = [server, f"--config.file={configuration}", f"--storage.tsdb.path={folder}/data",
                   "--web.listen-address=127.0.0.1:0", "--log.format=logfmt"]
        with Program(command, "stderr") as prometheus:
            place = prometheus.line_with(r'msg="Listening on" address=(127\.0\.0\.1:\d+)', deadline)
            targets = f"http://{place}/api/v1/targets"

            def scraped():
                active = json.loads(asked(targets))["data"]["activeTargets"]
                wrong = [each["lastError"] for each in active if each["health"] == "down"]
                if wrong:
                    fail(f"the server cannot scrape: {wrong}")
                return active and all(each["health"] == "up" for each in active)

            wait_for("scrape", scraped, deadline)
            query = urllib.parse.urlencode({"query": '{job="specimen", __name__=~"nebula_.*"}'})
            result = wait_for("samples", lambda: json.loads(asked(f"http://{place}/api/v1/query?{query}"))["data"]["result"], deadline)
            understood = {}
            for each in result:
                labels = {key: value for key, value in each["metric"].items() if key not in ("__name__", "job", "instance")}
                understood[(each["metric"]["__name__"], frozenset(labels.items()))] = float(each["value"][1])
            # The server writes le as the shortest form of the number.
            text = asked(url.geturl())
            expected = {each: value for each, value in samples_of(text).items() if each[0].startswith("nebula_")}

            def canonical(samples):
                shown = {}
                for (name, labels), value in samples.items():
                    plain = frozenset((key, str(float(text)) if key == "le" else text) for key, text in labels)
                    shown[(name, plain)] = value
                return shown

            understood, expected = canonical(understood), canonical(expected)
            for each in set(understood) ^ set(expected):
                fail(f"only {'served' if each in expected else 'understood'}: {each}")
            for each, value in expected.items():
                if understood[each] != value:
                    fail(f"{each}: served {value}, understood {understood[each]}")
            if len(expected) < 100:
                fail(f"only {len(expected)} samples")
            print(f"{len(expected)} samples scraped")


def main():
    checks = {"json": (check_json, 2), "csv": (check_csv, 1), "promtool": (check_promtool, 2), "scrape": (check_scrape, 2)}
    check, count = checks.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if check is None or len(sys.argv) != 2 + count:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    check(*sys.argv[2:])


main()
