package callbot;

import java.util.List;
import java.util.Map;

final class JsonTest {
    private JsonTest() {}

    static void readsWhatEventsHold() {
        Map<?, ?> event = Json.object(" {\"text\":\"a \\\"b\\\" \\u00fc \\ud83d\\ude00\\n\",\"confidence\":0.93,\"words\":"
                + "[{\"word\":\"a\",\"start_ms\":810},[]],\"replayed\":true,\"gap\":null,\"empty\":{}} ");
        Check.equal("a \"b\" ü \ud83d\ude00\n", event.get("text"));
        Check.equal(0.93, event.get("confidence"));
        Check.equal(List.of(Map.of("word", "a", "start_ms", 810.0), List.of()), event.get("words"));
        Check.equal(true, event.get("replayed"));
        Check.equal(null, event.get("gap"));
        Check.equal(Map.of(), event.get("empty"));
    }

    static void saysWhereTextIsNoJson() {
        for (String text : new String[] {"", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":tru}", "{} x",
                "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"open", "{\"a\":1.2.3}", "{\"a\":\"\u0001\"}"}) {
            Check.fails("JSON", () -> Json.object(text));
        }
    }

    static void boundsNesting() {
        Check.fails("levels", () -> Json.object("{\"a\":" + "[".repeat(1_000_000)));
    }
}
