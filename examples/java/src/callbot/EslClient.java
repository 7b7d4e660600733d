package callbot;

import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Keeps a connection to the switch: connects, subscribes, and comes back with growing pauses after it was lost. One
 * thread of its own, on which all callbacks run.
 */
final class EslClient {
    record Address(String host, int port, String password) {}

    /** What happens on the connection. */
    interface Listener {
        void onConnected(EslConnection connection);

        void onEvent(EslMessage event);

        void onDisconnected(String reason);

        /** No connection within the allowed attempts; nothing follows. */
        void onGivenUp(String reason);
    }

    static final int CONNECT_TIMEOUT_MS = 5000;
    static final int SILENCE_MS = 30_000; // the caller sends something that is answered more often than this
    static final int FIRST_PAUSE_MS = 200;
    static final int LONGEST_PAUSE_MS = 5000;

    private final Address address;
    private final String subscription;
    private final int maxAttempts;
    private final Listener listener;
    private final Thread thread = new Thread(this::keepConnected, "esl");
    private volatile boolean stopped;
    private volatile EslConnection connection;

    /** maxAttempts: failed attempts in a row before it gives up. */
    EslClient(Address address, String subscription, int maxAttempts, Listener listener) {
        this.address = address;
        this.subscription = subscription;
        this.maxAttempts = maxAttempts;
        this.listener = listener;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void stop() {
        stopped = true;
        thread.interrupt();
        EslConnection current = connection;
        if (current != null) current.close();
    }

    private void keepConnected() {
        int failures = 0;
        while (!stopped) {
            try (EslConnection current = connect()) {
                failures = 0;
                connection = current;
                if (!current.send(subscription, this::checkSubscription)) return;
                listener.onConnected(current);
                String reason = current.run(listener::onEvent, SILENCE_MS);
                if (!stopped) listener.onDisconnected(reason);
            } catch (IOException failure) {
                if (++failures >= maxAttempts) {
                    listener.onGivenUp(failure.getMessage());
                    return;
                }
            }
            if (!pause(pauseMs(failures, ThreadLocalRandom.current().nextDouble()))) return;
        }
    }

    private EslConnection connect() throws IOException {
        return new EslConnection(address.host(), address.port(), address.password(), CONNECT_TIMEOUT_MS);
    }

    private void checkSubscription(String reply) {
        if (reply.startsWith("+OK")) return;
        System.err.println("subscription refused: " + reply);
        EslConnection current = connection;
        if (current != null) current.close();
    }

    /** Doubles with each failure up to the longest; a quarter more or less at random (random: 0 to 1). */
    static long pauseMs(int failures, double random) {
        long doubled = (long) FIRST_PAUSE_MS << Math.min(Math.max(failures - 1, 0), 16);
        return (long) (Math.min(doubled, LONGEST_PAUSE_MS) * (0.75 + random / 2));
    }

    private boolean pause(long ms) {
        try {
            Thread.sleep(ms);
            return true;
        } catch (InterruptedException stop) {
            return false;
        }
    }
}
