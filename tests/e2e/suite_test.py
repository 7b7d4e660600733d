#!/usr/bin/python3
"""What the suite itself decides by: parsing, comparing, counting."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import configuration  # noqa: E402
import recording  # noqa: E402
from calls import grammar_variables  # noqa: E402
from cases.soak import slope  # noqa: E402
from esl import Event, parse_event  # noqa: E402
from hosts.base import dial_variables  # noqa: E402
from recognizer import accuracy  # noqa: E402
from word_accuracy import errors as word_errors  # noqa: E402
from sanitizers import Sanitizer, is_ours, split_reports  # noqa: E402
from websocket import frame  # noqa: E402

LEAK = """
#include <stdlib.h>
__attribute__((noinline)) void {name}(void) {{ volatile void* lost = malloc(100); lost = 0; (void)lost; }}
int main(void) {{ {name}(); return 0; }}
"""


class Parsing(unittest.TestCase):
    def test_an_event_has_decoded_headers_and_its_body(self):
        event = parse_event(b"Event-Name: CUSTOM\nEvent-Subclass: asr_stream%3A%3Afinal\nContent-Length: 2\n\n{}rest")
        self.assertEqual(event.kind, "asr_stream::final")
        self.assertEqual(event.body, "{}")

    def test_a_grammar_becomes_channel_variables(self):
        self.assertEqual(grammar_variables("{a=b,c=d}builtin:digits"),
                         {"e2e_parameters": "a=b|c=d", "e2e_grammar": "builtin:digits"})
        self.assertEqual(grammar_variables("yes"), {"e2e_parameters": "", "e2e_grammar": "yes"})

    def test_values_with_blanks_and_commas_are_quoted_for_the_dial_string(self):
        self.assertEqual(dial_variables({"a": "1", "b": "x y"}), "{a=1,b='x y'}")

    def test_a_configuration_repeats_lists_and_escapes(self):
        text = configuration.render({"p": {"header": ["A: 1", 'B: "<&']}})
        self.assertEqual(text.count('name="header"'), 2)
        self.assertIn("&lt;&amp;", text)

    def test_a_frame_has_the_length_of_its_size(self):
        self.assertEqual(frame(1, b"x" * 125)[:2], b"\x81\x7d")
        self.assertEqual(frame(1, b"x" * 126)[:4], b"\x81\x7e\x00\x7e")
        self.assertEqual(frame(2, b"x" * 65536, final=False)[:2], b"\x02\x7f")


class Counting(unittest.TestCase):
    def test_word_errors_are_wrong_missed_and_added_words(self):
        self.assertEqual(word_errors("a b c", "a b c"), 0)
        self.assertEqual(word_errors("a b c", "a x c d"), 2)
        self.assertEqual(word_errors("a b c", ""), 3)

    def test_accuracy_counts_files_that_were_not_heard(self):
        self.assertEqual(accuracy({"one": "a b", "two": "c d"}, {"one": "a b"}), 50)

    def test_the_slope_is_that_of_a_line(self):
        self.assertEqual(slope([10, 20, 30, 40]), 10)
        self.assertEqual(slope([7, 7, 7]), 0)


class Orders(unittest.TestCase):
    def order(self, *kinds):
        return recording.order_of([Event({"Event-Name": kind}) if kind.isupper() else Event({"Event-Subclass": kind})
                                   for kind in kinds])

    def test_repeated_partials_of_one_utterance_count_once(self):
        order = self.order("asr_stream::partial", "asr_stream::partial", "asr_stream::final", "asr_stream::partial")
        self.assertEqual(order["published"], ["asr_stream::partial", "asr_stream::final", "asr_stream::partial"])

    def test_like_utterances_count_once(self):
        utterance = ("asr_stream::begin_speaking", "asr_stream::partial", "asr_stream::final")
        self.assertEqual(self.order(*utterance, *utterance, *utterance, "asr_stream::closed"),
                         self.order(*utterance, "asr_stream::closed"))

    def test_what_the_session_and_the_publisher_say_is_kept_apart(self):
        order = self.order("CHANNEL_CREATE", "asr_stream::connected", "CHANNEL_DESTROY")
        self.assertEqual(order, {"session": ["CHANNEL_CREATE", "CHANNEL_DESTROY"], "published": ["asr_stream::connected"]})


class Callbacks(unittest.TestCase):
    ONE_RESULT = [("open", 0), ("text_param", 0), ("load_grammar", 0), ("feed", 0), ("check_results", 0),
                  ("get_results", 11), ("get_result_headers", 0), ("feed", 0), ("check_results", 0), ("get_results", 0),
                  ("get_result_headers", 0), ("close", 0)]

    def test_what_comes_with_each_frame_counts_once(self):
        self.assertEqual(recording.callbacks_once(self.ONE_RESULT),
                         ["open", "text_param", "load_grammar", "feed", "get_results: begin-speaking", "get_results: result",
                          "close"])

    def test_recognizers_of_one_call_follow_each_other(self):
        recording.assert_callbacks_in_order(self.ONE_RESULT + self.ONE_RESULT)

    def test_other_orders_are_refused(self):
        opened = [("open", 0), ("load_grammar", 0)]
        for wrong in ([("feed", 0)], opened, opened + [("close", 0), ("feed", 0)], opened + [("open", 0), ("close", 0)],
                      opened + [("get_results", 0), ("close", 0)], [("open", 0), ("get_results", 0), ("close", 0)],
                      opened + [("check_results", 0), ("get_results", 1), ("close", 0)],
                      opened + [("get_result_headers", 0), ("close", 0)]):
            with self.assertRaises(AssertionError, msg=str(wrong)):
                recording.assert_callbacks_in_order(wrong)


class Reports(unittest.TestCase):
    def leak(self, name):
        """The reports that count, of a program whose function `name` leaks."""
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "leak.c")
            with open(source, "w") as file:
                file.write(LEAK.format(name=name))
            program = os.path.join(folder, "program")
            subprocess.run(["gcc", "-g", "-fsanitize=address", source, "-o", program], check=True)
            sanitizer = Sanitizer("asan", os.path.join(folder, "report"))
            subprocess.run([program], env={**os.environ, **sanitizer.environment()}, check=True)
            return sanitizer.reports()

    def test_a_leak_of_ours_counts(self):
        self.assertEqual(len(self.leak("asr_stream_leaks")), 1)

    def test_a_leak_of_the_switch_does_not(self):
        self.assertEqual(self.leak("switch_leaks"), [])

    def test_a_race_of_the_switch_under_a_lock_made_in_our_load_does_not(self):
        race = ("WARNING: ThreadSanitizer: data race\n  Read of size 1 by thread T3 (mutexes: write M1):\n    #0 {reader}\n\n"
                "  Mutex M1 (0x7b) created at:\n    #0 pthread_mutex_init\n    #1 load src/freeswitch/mod_asr_stream.cpp:53\n\n"
                "  Thread T3 created by main thread at:\n    #0 pthread_create\n    #1 mod_asr_stream.so\n")
        self.assertFalse(is_ours(race.format(reader="speech_callback src/switch_ivr_async.c:5192")))
        self.assertTrue(is_ours(race.format(reader="push ../../src/freeswitch/call_stream.hpp:79")))

    def test_each_leak_is_a_report_and_a_race_is_one(self):
        text = "==1==ERROR\n\nDirect leak of 3\n    #0 malloc\n    #1 mod_asr_stream\n\nDirect leak of 4\n    #0 malloc\n"
        self.assertEqual([is_ours(report) for report in split_reports(text)], [False, True, False])


if __name__ == "__main__":
    unittest.main()
