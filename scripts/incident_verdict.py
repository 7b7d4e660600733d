#!/usr/bin/env python3
"""incident_verdict.py leaks|flat REPORT.json: whether a report of the specimen says what is true. One line, and the status."""
import json
import sys


def live_by_function(report):
    live = {}
    for owner in report["owners"]:
        live[owner["function"]] = live.get(owner["function"], 0) + owner["live_bytes"]
    return live


def wrong_about_leaks(report):
    growing = [owner for owner in report["owners"] if owner["growing"]]
    titles = [owner["title"] for owner in growing]
    if not titles or not titles[0].startswith("asr_feed -> cJSON_Print ("):
        return f"the first verdict is not asr_feed -> cJSON_Print: {titles}"
    if "leaky_asr.so" not in titles[0]:
        return f"the module is not named: {titles[0]}"
    if len(titles) != 2 or "leaky_asr::Call::on_message (" not in titles[1]:
        return f"the message list is not the second verdict, or not the last: {titles}"
    live = live_by_function(report)
    largest = max(live, key=live.get)
    if "PromptCache::put" not in largest:
        return f"the cache is no longer the largest: {largest}; the load was too long to mislead"
    return None


def main():
    expected, file = sys.argv[1:]
    with open(file, encoding="utf-8") as text:
        report = json.load(text)
    if expected == "leaks":
        problem = wrong_about_leaks(report)
    else:
        grows = [owner["title"] for owner in report["owners"] if owner["growing"]]
        problem = f"accused although nothing leaks: {grows}" if grows or not report["can_tell"] else None
    print("WRONG: " + problem if problem else "right")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
