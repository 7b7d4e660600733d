#!/usr/bin/python3
"""schema_test.py HEAPTREND SCHEMAS: all JSON that heaptrend writes is as its schemas say."""

import copy
import glob
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

HEAPTREND, SCHEMAS = sys.argv[1:3]
GROWS = """
import time
kept = []
while True:
    kept.append("x" * 900 + str(len(kept)))
    if len(kept) % 40 == 0: time.sleep(0.002)
"""
RUN = ["run", "--interval", "0.1", "--budget", "0", "--lg-sample", "13"]


def schema(name):
    with open(os.path.join(SCHEMAS, f"heaptrend-{name}-1.schema.json")) as file:
        return json.load(file)


def check(name, instance):
    jsonschema.Draft202012Validator(schema(name)).validate(instance)


def heaptrend(*words, statuses=(0,)):
    done = subprocess.run([HEAPTREND, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode in statuses, f"{words}: {done.returncode}: {done.stderr}"
    return done.stdout


def read(path):
    with open(path) as file:
        return json.load(file)


class Json(unittest.TestCase):
    """Of a real process, taken once while it grows."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="heaptrend-schema-")
        cls.series = os.path.join(cls.folder.name, "series")
        child = subprocess.Popen([HEAPTREND, *RUN, "--output", cls.series, "--", sys.executable, "-c", GROWS],
                                 env={**os.environ, "PYTHONMALLOC": "malloc"}, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 30
            while len(cls.dumps()) < 8:
                assert time.monotonic() < deadline and child.poll() is None, "no series"
                time.sleep(0.05)
            cls.watched = heaptrend("watch", str(child.pid), "--json", "--interval", "0.2", "--seconds", "2")
            cls.report = os.path.join(cls.folder.name, "report.json")
            heaptrend("report", cls.series, "--json", cls.report)
        finally:
            child.kill()
            child.wait()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def dumps(cls):
        return sorted(glob.glob(os.path.join(cls.series, "*", "*.heap")), key=os.path.getmtime)

    def test_the_schemas_are_schemas(self):
        for name in ("report", "diff", "watch"):
            jsonschema.Draft202012Validator.check_schema(schema(name))

    def test_a_report_with_the_agents_statistics(self):
        report = read(self.report)
        check("report", report)
        self.assertTrue(any(owner["growing"] for owner in report["owners"]))
        self.assertGreater(report["totals"]["stacks"], 0)

    def test_a_report_of_a_single_dump(self):
        lone = os.path.join(self.folder.name, "lone.heap")
        os.link(self.dumps()[0], lone)
        out = os.path.join(self.folder.name, "lone.json")
        heaptrend("report", lone, "--json", out, statuses=(3,))
        report = read(out)
        check("report", report)
        self.assertFalse(report["can_tell"])

    def test_a_difference(self):
        out = os.path.join(self.folder.name, "diff.json")
        heaptrend("diff", self.dumps()[1], self.dumps()[-1], "--json", out)
        check("diff", read(out))
        self.assertTrue(read(out)["owners"])

    def test_each_line_of_watch(self):
        lines = [json.loads(line) for line in self.watched.splitlines()]
        self.assertGreaterEqual(len(lines), 5)
        for line in lines:
            check("watch", line)
        self.assertTrue(lines[-1]["owners"])

    def test_what_is_not_in_the_schema_is_refused(self):
        report = read(self.report)
        broken = [("growth", "extra", 1), ("growth", "p_value", 2), ("totals", "heap", "much"), (None, "can_tell", 0)]
        for part, name, value in broken:
            other = copy.deepcopy(report)
            (other[part] if part else other)[name] = value
            with self.assertRaises(jsonschema.ValidationError, msg=f"{part}.{name}"):
                check("report", other)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
