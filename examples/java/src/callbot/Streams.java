package callbot;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The recognition streams of all calls: brings each stream's events into order and tells when a stream ended. A call may
 * have several, one after the other or side by side, also of the same name: ASR-Stream-ID tells them apart. One thread;
 * times are passed in.
 */
final class Streams {
    /** What comes out, in order. */
    interface Listener {
        void onAsrEvent(String call, EslMessage event);

        void onGap(String call, String stream, Reorderer.Gap gap);
    }

    static final String PREFIX = "asr_stream::";

    private final Listener listener;
    private final Map<String, Map<String, Reorderer<EslMessage>>> open = new HashMap<>(); // by call, then by stream
    private final Map<String, Set<String>> closed = new HashMap<>(); // by call, until the call is finished
    private long duplicates;
    private long reordered;

    Streams(Listener listener) {
        this.listener = listener;
    }

    /** An event whose subclass starts with PREFIX. */
    void accept(EslMessage event, long nowMs) {
        String call = event.header("Unique-ID");
        String stream = event.header("ASR-Stream") + " " + event.header("ASR-Stream-ID");
        if (closed.getOrDefault(call, Set.of()).contains(stream)) {
            ++duplicates;
            return;
        }
        long sequence;
        try {
            sequence = Long.parseLong(event.header("ASR-Sequence"));
        } catch (NumberFormatException absent) {
            return; // not an event of a stream
        }
        open.computeIfAbsent(call, key -> new LinkedHashMap<>())
                .computeIfAbsent(stream, key -> orderer(call, stream))
                .accept(sequence, event, nowMs);
    }

    /** To be called now and then. */
    void expire(long nowMs) {
        for (Map<String, Reorderer<EslMessage>> streams : open.values()) {
            for (Reorderer<EslMessage> orderer : List.copyOf(streams.values())) orderer.expire(nowMs);
        }
        open.values().removeIf(Map::isEmpty);
    }

    /** Streams of the call that did not close. */
    int openOf(String call) {
        return open.getOrDefault(call, Map.of()).size();
    }

    /** Hands over what still waits and forgets the call. */
    void finish(String call, long nowMs) {
        Map<String, Reorderer<EslMessage>> streams = open.getOrDefault(call, Map.of());
        while (!streams.isEmpty()) {
            String first = streams.keySet().iterator().next();
            Reorderer<EslMessage> orderer = streams.get(first);
            orderer.finish(nowMs);
            if (streams.containsKey(first)) close(call, first);
        }
        open.remove(call);
        closed.remove(call);
    }

    long duplicates() {
        return duplicates;
    }

    long reordered() {
        return reordered;
    }

    private Reorderer<EslMessage> orderer(String call, String stream) {
        return new Reorderer<>(event -> deliver(call, stream, event), gap -> listener.onGap(call, stream, gap));
    }

    private void deliver(String call, String stream, EslMessage event) {
        listener.onAsrEvent(call, event);
        if (event.header("Event-Subclass").equals(PREFIX + "closed")) close(call, stream);
    }

    private void close(String call, String stream) {
        Reorderer<EslMessage> orderer = open.get(call).remove(stream);
        duplicates += orderer.duplicates();
        reordered += orderer.reordered();
        closed.computeIfAbsent(call, key -> new HashSet<>()).add(stream);
    }
}
