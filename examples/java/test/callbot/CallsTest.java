package callbot;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;

final class CallsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final List<String> sent = new ArrayList<>();
    private final Deque<BiConsumer<String, Long>> replies = new ArrayDeque<>();
    private final Calls calls;
    private int uuids;

    private CallsTest(String... arguments) {
        calls = new Calls(Settings.of(arguments), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(log, true, StandardCharsets.UTF_8), () -> "u" + ++uuids);
        connect();
    }

    private void connect() {
        calls.onConnected((command, onReply) -> {
            sent.add(command);
            replies.add(onReply);
            return true;
        });
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** One call, originated and answered. */
    private static CallsTest withOneCall() {
        CallsTest test = new CallsTest("--dial", "wav/a.wav");
        test.calls.tick(0);
        test.replies.pop().accept("+OK Job-UUID: j1", 0L);
        test.calls.onEvent(Events.job("j1", "+OK u1\n"), 1);
        return test;
    }

    static void originatesNoMoreThanAllowedAtOnce() {
        CallsTest test = new CallsTest("--dial", "wav/a.wav", "--calls", "3", "--concurrency", "2", "--variables", "a=b");
        test.calls.tick(0);
        test.calls.tick(50);
        Check.equal(1, test.sent.size()); // the first is not answered yet
        for (long ms = 100; ms < 1000; ms += 50) {
            if (!test.replies.isEmpty()) test.replies.pop().accept("+OK Job-UUID: j" + ms, ms);
            test.calls.tick(ms);
        }
        Check.equal(2, test.sent.size());
        Check.equal("bgapi originate {origination_uuid=u1,ignore_early_media=true,a=b}wav/a.wav &lua(bot.lua)",
                test.sent.get(0));
        test.calls.onEvent(Events.hangup("u1", "done"), 1000);
        test.calls.tick(1050);
        Check.equal(3, test.sent.size());
    }

    static void printsEachUtteranceOnceInOrderAndSaysThatAllIsWell() {
        CallsTest test = withOneCall();
        test.calls.onEvent(Events.asr("u1", "connected", 1, "{}"), 2);
        test.calls.onEvent(Events.heard("u1", 3, "two"), 3);
        test.calls.onEvent(Events.heard("u1", 2, "one"), 4);
        test.calls.onEvent(Events.heard("u1", 2, "one"), 5);
        test.calls.onEvent(Events.heard("other", 1, "not ours"), 6);
        test.calls.onEvent(Events.heard("u1", 4, ""), 6);
        test.calls.onEvent(Events.hangup("u1", "goodbye"), 7);
        test.calls.onEvent(Events.asr("u1", "closed", 5, "{}"), 8);
        test.calls.tick(8);
        Check.holds(!test.calls.isDone(), "waits for what the switch may deliver late");
        test.calls.tick(7 + Reorderer.WINDOW_MS);
        Check.equal("u1\twav/a.wav\t1\tone\nu1\twav/a.wav\t2\ttwo\n", test.output());
        Check.holds(test.calls.isClean(), test.calls.summary());
    }

    static void waitsForTheTranscriptsThatComeAfterTheHangup() {
        CallsTest test = withOneCall();
        test.calls.onEvent(Events.asr("u1", "connected", 1, "{}"), 2);
        test.calls.onEvent(Events.hangup("u1", ""), 3);
        test.calls.tick(5000);
        Check.holds(!test.calls.isDone(), "the stream is not closed");
        test.calls.onEvent(Events.heard("u1", 2, "late"), 5001);
        test.calls.onEvent(Events.asr("u1", "closed", 3, "{}"), 5002);
        test.calls.tick(5050);
        Check.equal("u1\twav/a.wav\t1\tlate\n", test.output());
        Check.holds(test.calls.isClean(), test.calls.summary());
    }

    static void answersEachTurnOnce() {
        CallsTest test = withOneCall();
        test.calls.onEvent(Events.transcript("u1", 1, "press one for sales"), 2);
        test.calls.onEvent(Events.transcript("u1", 1, "press one for sales"), 3);
        test.calls.onEvent(Events.transcript("u1", 2, "mumble"), 4);
        Check.equal(List.of("api uuid_setvar u1 bot_answer 1:menu", "api uuid_setvar u1 bot_answer 2:again"),
                test.sent.subList(1, test.sent.size()));
    }

    static void aGapIsToldAndSpoilsTheResult() {
        CallsTest test = withOneCall();
        test.calls.onEvent(Events.asr("u1", "connected", 1, "{}"), 2);
        test.calls.onEvent(Events.heard("u1", 4, "after"), 3);
        test.calls.onEvent(Events.hangup("u1", ""), 4);
        test.calls.onEvent(Events.asr("u1", "closed", 5, "{}"), 5);
        test.calls.tick(2000);
        test.calls.tick(2050);
        Check.holds(test.log.toString(StandardCharsets.UTF_8).contains("events 2 to 3 never came"), test.log.toString());
        Check.holds(test.calls.isDone() && !test.calls.isClean(), test.calls.summary());
    }

    static void aCallThatIsRefusedFails() {
        CallsTest test = new CallsTest("--dial", "x", "--calls", "2");
        test.calls.tick(0);
        test.replies.pop().accept("-ERR no", 100L);
        test.calls.tick(100);
        test.replies.pop().accept("+OK Job-UUID: j2", 200L);
        test.calls.onEvent(Events.hangup("u2", ""), 201);
        test.calls.onEvent(Events.job("j2", "-ERR NO_ANSWER\n"), 202);
        test.calls.tick(2000);
        Check.holds(test.calls.isDone(), "both ended");
        Check.holds(test.calls.summary().startsWith("0 call(s) completed, 2 failed"), test.calls.summary());
    }

    static void aCallThatNeverEndsIsEnded() {
        CallsTest test = new CallsTest("--dial", "x", "--call-timeout", "60");
        test.calls.tick(0);
        test.calls.tick(60_001);
        Check.equal("api uuid_kill u1", test.sent.get(1));
        Check.holds(test.calls.isDone() && !test.calls.isClean(), test.calls.summary());
    }

    static void afterAReconnectItAsksForItsCalls() {
        CallsTest test = withOneCall();
        test.calls.onDisconnected("lost");
        test.calls.tick(100);
        test.connect();
        Check.equal("api uuid_setvar u1 bot_service back", test.sent.get(1));
        test.replies.pop().accept("-ERR No such channel!", 200L);
        Check.holds(test.calls.isDone(), "the call is gone");
        Check.holds(test.calls.summary().contains("1 reconnect(s)"), test.calls.summary());
    }

    static void anUnreadableTranscriptIsToldAndTheCallGoesOn() {
        CallsTest test = withOneCall();
        test.calls.onEvent(Events.asr("u1", "final", 1, "{\"text\":7}"), 2);
        test.calls.onEvent(Events.heard("u1", 2, "fine"), 3);
        Check.equal("u1\twav/a.wav\t1\tfine\n", test.output());
        Check.holds(test.calls.summary().contains("1 unreadable"), test.calls.summary());
    }
}
