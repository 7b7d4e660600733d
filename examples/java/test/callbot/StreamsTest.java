package callbot;

import java.util.ArrayList;
import java.util.List;

final class StreamsTest implements Streams.Listener {
    private final List<String> lines = new ArrayList<>();
    private final Streams streams = new Streams(this);

    private StreamsTest() {}

    @Override
    public void onAsrEvent(String call, EslMessage event) {
        lines.add(call + " " + event.header("ASR-Sequence"));
    }

    @Override
    public void onGap(String call, String stream, Reorderer.Gap gap) {
        lines.add(call + " " + stream + " gap " + gap.first() + "-" + gap.last());
    }

    static void keepsTheCallsApart() {
        StreamsTest test = new StreamsTest();
        test.streams.accept(Events.asr("a", "connected", 1, ""), 0);
        test.streams.accept(Events.asr("b", "final", 2, ""), 0);
        test.streams.accept(Events.asr("a", "closed", 2, ""), 0);
        test.streams.accept(Events.asr("b", "connected", 1, ""), 0);
        Check.equal(List.of("a 1", "a 2", "b 1", "b 2"), test.lines);
        Check.equal(0, test.streams.openOf("a"));
        Check.equal(1, test.streams.openOf("b"));
    }

    static void aNewStreamOfTheSameNameCountsForItself() {
        StreamsTest test = new StreamsTest();
        test.streams.accept(Events.asr("a", 7, "connected", 1, ""), 0);
        test.streams.accept(Events.asr("a", 8, "connected", 1, ""), 0);
        test.streams.accept(Events.asr("a", 8, "final", 2, ""), 0);
        test.streams.accept(Events.asr("a", 7, "closed", 2, ""), 0);
        Check.equal(List.of("a 1", "a 1", "a 2", "a 2"), test.lines);
        Check.equal(1, test.streams.openOf("a"));
    }

    static void whatComesBehindTheCloseIsDropped() {
        StreamsTest test = new StreamsTest();
        test.streams.accept(Events.asr("a", "closed", 1, ""), 0);
        test.streams.accept(Events.asr("a", "closed", 1, ""), 0);
        Check.equal(List.of("a 1"), test.lines);
        Check.equal(1L, test.streams.duplicates());
        Check.equal(0, test.streams.openOf("a"));
    }

    static void aFinishedCallHandsOverWhatWaits() {
        StreamsTest test = new StreamsTest();
        test.streams.accept(Events.asr("a", "final", 3, ""), 0);
        test.streams.finish("a", 1);
        Check.equal(List.of("a default 7 gap 1-2", "a 3"), test.lines);
        Check.equal(0, test.streams.openOf("a"));
    }

    static void anEventWithoutASequenceIsIgnored() {
        StreamsTest test = new StreamsTest();
        test.streams.accept(Events.event("", "Event-Name", "CUSTOM", "Event-Subclass", "asr_stream::reloaded"), 0);
        Check.equal(List.of(), test.lines);
    }
}
