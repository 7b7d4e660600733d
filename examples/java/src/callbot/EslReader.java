package callbot;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the event socket's messages: "Name: value" lines up to an empty one, then Content-Length bytes of body. What
 * exceeds a bound ends the connection, because the place of the next message is then unknown. One thread.
 */
final class EslReader {
    static final int MAX_LINE = 64 * 1024;
    static final int MAX_HEADERS = 4096;
    static final int MAX_BODY = 8 * 1024 * 1024;

    private final InputStream in;

    EslReader(InputStream in) {
        this.in = in;
    }

    /** The next message, or null where the stream ends between two of them. */
    EslMessage read() throws IOException {
        Map<String, String> headers = newHeaders();
        String line = readLine();
        while (line != null && line.isEmpty()) line = readLine(); // the switch ends some bodies with a line break
        if (line == null) return null;
        for (; !line.isEmpty(); line = requireLine()) addHeader(headers, line);
        return new EslMessage(headers, readBody(headers.getOrDefault("Content-Length", "0")));
    }

    /** The event in the body of a text/event-plain message; its values are URL-encoded, its own body is not. */
    static EslMessage event(EslMessage message) throws IOException {
        EslMessage raw = new EslReader(new ByteArrayInputStream(message.bytes())).read();
        if (raw == null) throw new IOException("an event without headers");
        Map<String, String> headers = newHeaders();
        raw.headers().forEach((name, value) -> headers.put(name, decode(value)));
        return new EslMessage(headers, raw.bytes());
    }

    private static Map<String, String> newHeaders() {
        return new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    }

    /** A value that is not well encoded stays as it came. */
    private static String decode(String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return value;
        }
    }

    private static void addHeader(Map<String, String> headers, String line) throws IOException {
        int colon = line.indexOf(':');
        if (colon < 1) throw new IOException("not a header: " + abbreviate(line));
        if (headers.size() >= MAX_HEADERS) throw new IOException("more than " + MAX_HEADERS + " headers");
        headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }

    private byte[] readBody(String length) throws IOException {
        int bytes;
        try {
            bytes = Integer.parseInt(length);
        } catch (NumberFormatException malformed) {
            throw new IOException("Content-Length is not a number: " + abbreviate(length));
        }
        if (bytes < 0 || bytes > MAX_BODY) {
            throw new IOException("Content-Length " + bytes + ": allowed are 0 to " + MAX_BODY);
        }
        byte[] body = in.readNBytes(bytes);
        if (body.length < bytes) throw new EOFException("the connection ended within a body");
        return body;
    }

    private String requireLine() throws IOException {
        String line = readLine();
        if (line == null) throw new EOFException("the connection ended within a message");
        return line;
    }

    /** Without its line break; null at the end. The input stream should be buffered. */
    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c == -1) {
                if (line.size() > 0) throw new EOFException("the connection ended within a line");
                return null;
            }
            if (line.size() >= MAX_LINE) throw new IOException("a line of more than " + MAX_LINE + " bytes");
            line.write(c);
        }
        byte[] bytes = line.toByteArray();
        int end = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
        return new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8);
    }

    private static String abbreviate(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
