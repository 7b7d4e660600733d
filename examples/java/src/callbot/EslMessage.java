package callbot;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One message of the event socket: headers, whose names have no case, and a body that may be empty. */
record EslMessage(Map<String, String> headers, byte[] bytes) {

    /** The header's value, or "" where there is none. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    String body() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
