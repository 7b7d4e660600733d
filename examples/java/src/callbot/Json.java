package callbot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) into Map, List, String, Double, Boolean and null. Enough for the bodies of events; nesting is
 * bounded. A service with a JSON library at hand uses that instead.
 */
final class Json {
    static final int MAX_DEPTH = 32;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** The object in the text; throws IllegalArgumentException with the position of what is wrong. */
    static Map<?, ?> object(String text) {
        Json json = new Json(text);
        Object value = json.value(0);
        json.skipBlanks();
        if (json.at < text.length()) throw json.wrong("nothing more");
        if (value instanceof Map<?, ?> object) return object;
        throw new IllegalArgumentException("not a JSON object");
    }

    private Object value(int depth) {
        if (depth > MAX_DEPTH) throw wrong("at most " + MAX_DEPTH + " levels");
        skipBlanks();
        return switch (peek()) {
            case '{' -> members(depth);
            case '[' -> elements(depth);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> members(int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        expect('{');
        if (takes('}')) return members;
        do {
            skipBlanks();
            String name = string();
            expect(':');
            members.put(name, value(depth + 1));
        } while (takes(','));
        expect('}');
        return members;
    }

    private List<Object> elements(int depth) {
        List<Object> elements = new ArrayList<>();
        expect('[');
        if (takes(']')) return elements;
        do {
            elements.add(value(depth + 1));
        } while (takes(','));
        expect(']');
        return elements;
    }

    private String string() {
        expect('"');
        StringBuilder string = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            if (c < ' ') throw wrong("no control character");
            string.append(c == '\\' ? escaped() : c);
        }
        return string.toString();
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> codeUnit();
            default -> throw wrong("an escape");
        };
    }

    private char codeUnit() {
        int unit = 0;
        for (int i = 0; i < 4; ++i) {
            int digit = Character.digit(next(), 16);
            if (digit < 0) throw wrong("four hexadecimal digits");
            unit = unit * 16 + digit;
        }
        return (char) unit;
    }

    private Double number() {
        int start = at;
        while (at < text.length() && "+-0123456789.eE".indexOf(text.charAt(at)) >= 0) ++at;
        try {
            return Double.valueOf(text.substring(start, at));
        } catch (NumberFormatException malformed) {
            at = start;
            throw wrong("a value");
        }
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) throw wrong(word);
        at += word.length();
        return value;
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) ++at;
    }

    private boolean takes(char c) {
        skipBlanks();
        if (peek() != c) return false;
        ++at;
        return true;
    }

    private void expect(char c) {
        if (!takes(c)) throw wrong("'" + c + "'");
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private char next() {
        if (at >= text.length()) throw wrong("the rest of a string");
        return text.charAt(at++);
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("JSON at " + at + ": expected " + expected);
    }
}
