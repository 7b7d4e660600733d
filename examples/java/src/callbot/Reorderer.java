package callbot;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Brings the events of one stream into the order of their sequence numbers, which count up by one from 1. The switch may
 * deliver neighbours in the wrong order, so a missing number is called a gap only after it was missing for the window.
 * It sees no clock: times are passed in. One thread.
 */
final class Reorderer<T> {
    static final long WINDOW_MS = 1000;
    static final int MAX_WAITING = 1000; // events behind a gap; more end the wait for it

    /** Numbers that never came, both included. */
    record Gap(long first, long last) {}

    private final Consumer<T> deliver;
    private final Consumer<Gap> missing;
    private final TreeMap<Long, T> waiting = new TreeMap<>();
    private long next = 1;
    private long waitingSince; // of the gap before the first that waits
    private long duplicates;
    private long reordered;

    Reorderer(Consumer<T> deliver, Consumer<Gap> missing) {
        this.deliver = deliver;
        this.missing = missing;
    }

    void accept(long sequence, T event, long nowMs) {
        if (sequence < next || waiting.containsKey(sequence)) {
            ++duplicates;
            return;
        }
        if (waiting.isEmpty()) waitingSince = nowMs;
        waiting.put(sequence, event);
        if (sequence == next && waiting.size() > 1) ++reordered;
        deliverReady(nowMs);
        if (waiting.size() > MAX_WAITING) skipGap(nowMs);
    }

    /** To be called now and then: ends the wait for what has been missing too long. */
    void expire(long nowMs) {
        if (!waiting.isEmpty() && nowMs - waitingSince >= WINDOW_MS) skipGap(nowMs);
    }

    /** Delivers what waits and reports the gaps in it; nothing more will come. */
    void finish(long nowMs) {
        while (!waiting.isEmpty()) skipGap(nowMs);
    }

    long duplicates() {
        return duplicates;
    }

    /** How often an event came after one that belongs behind it. */
    long reordered() {
        return reordered;
    }

    private void skipGap(long nowMs) {
        missing.accept(new Gap(next, waiting.firstKey() - 1));
        next = waiting.firstKey();
        deliverReady(nowMs);
    }

    private void deliverReady(long nowMs) {
        boolean delivered = false;
        for (Map.Entry<Long, T> first = waiting.firstEntry(); first != null && first.getKey() == next;
                first = waiting.firstEntry()) {
            waiting.pollFirstEntry();
            ++next;
            delivered = true;
            deliver.accept(first.getValue());
        }
        if (delivered) waitingSince = nowMs;
    }
}
