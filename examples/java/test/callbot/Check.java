package callbot;

import java.util.Objects;

/** Assertions that need no library. */
final class Check {
    interface Action {
        void run() throws Exception;
    }

    private Check() {}

    static void equal(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) throw new AssertionError("expected <" + expected + ">, got <" + actual + ">");
    }

    static void holds(boolean condition, String what) {
        if (!condition) throw new AssertionError(what);
    }

    /** The action must throw; the message must contain the words. */
    static void fails(String words, Action action) {
        try {
            action.run();
        } catch (Exception failure) {
            holds(String.valueOf(failure.getMessage()).contains(words), "\"" + failure.getMessage() + "\" lacks: " + words);
            return;
        }
        throw new AssertionError("did not fail: " + words);
    }
}
