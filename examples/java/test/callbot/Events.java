package callbot;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Events as the switch sends them, for tests. */
final class Events {
    private Events() {}

    static EslMessage event(String body, String... namesAndValues) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 0; i < namesAndValues.length; i += 2) headers.put(namesAndValues[i], namesAndValues[i + 1]);
        return new EslMessage(headers, body.getBytes(StandardCharsets.UTF_8));
    }

    static EslMessage asr(String call, String kind, long sequence, String body) {
        return asr(call, 7, kind, sequence, body);
    }

    static EslMessage asr(String call, int stream, String kind, long sequence, String body) {
        return event(body, "Event-Name", "CUSTOM", "Event-Subclass", "asr_stream::" + kind, "Unique-ID", call, "ASR-Stream",
                "default", "ASR-Stream-ID", Integer.toString(stream), "ASR-Sequence", Long.toString(sequence));
    }

    static EslMessage heard(String call, long sequence, String text) {
        return asr(call, "final", sequence, "{\"text\":\"" + text + "\"}");
    }

    static EslMessage transcript(String call, int turn, String text) {
        return event(text, "Event-Name", "CUSTOM", "Event-Subclass", "bot::transcript", "Unique-ID", call, "Bot-Turn",
                Integer.toString(turn));
    }

    static EslMessage job(String uuid, String result) {
        return event(result, "Event-Name", "BACKGROUND_JOB", "Job-UUID", uuid);
    }

    static EslMessage hangup(String call, String outcome) {
        return event("", "Event-Name", "CHANNEL_HANGUP_COMPLETE", "Unique-ID", call, "Hangup-Cause", "NORMAL_CLEARING",
                "variable_bot_outcome", outcome);
    }
}
