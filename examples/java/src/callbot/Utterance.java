package callbot;

import java.util.Map;

/** A final transcript, as CUSTOM asr_stream::final brings it. */
record Utterance(String text, String confidence, boolean replayed) {

    /** Throws IllegalArgumentException if the event's body is not what it should be. */
    static Utterance of(EslMessage event) {
        Map<?, ?> body = Json.object(event.body());
        if (!(body.get("text") instanceof String text)) throw new IllegalArgumentException("no text in the event's body");
        return new Utterance(text, event.header("ASR-Confidence"), event.header("ASR-Replayed").equals("true"));
    }
}
