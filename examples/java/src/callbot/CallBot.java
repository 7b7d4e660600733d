package callbot;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The program. The event socket's thread puts what happens into a bounded inbox, and this thread works on it; a full
 * inbox holds the reading back, so nothing is lost here.
 */
final class CallBot implements EslClient.Listener {
    static final int MAX_INBOX = 10_000;
    static final int TICK_MS = 50;
    static final int PROBE_MS = 10_000; // something is asked so often, so that a dead connection is noticed

    private final BlockingQueue<Runnable> inbox = new ArrayBlockingQueue<>(MAX_INBOX);
    private final Calls calls;
    private EslConnection connection; // inbox's thread
    private String givenUp;           // inbox's thread
    private long lastProbeMs;

    private CallBot(Settings settings) {
        calls = new Calls(settings, System.out, System.err);
    }

    public static void main(String[] arguments) throws InterruptedException {
        Settings settings;
        try {
            settings = Settings.of(arguments);
        } catch (IllegalArgumentException wrong) {
            System.err.println(wrong.getMessage());
            System.err.print(Settings.USAGE);
            System.exit(2);
            return;
        }
        CallBot bot = new CallBot(settings);
        EslClient client = new EslClient(new EslClient.Address(settings.host, settings.port, settings.password),
                Calls.subscription(), settings.connectAttempts, bot);
        client.start();
        int code = bot.work();
        client.stop();
        System.exit(code);
    }

    private int work() throws InterruptedException {
        while (!calls.isDone() && givenUp == null) {
            Runnable task = inbox.poll(TICK_MS, TimeUnit.MILLISECONDS);
            for (int n = 0; task != null && n < MAX_INBOX; ++n, task = inbox.poll()) task.run();
            calls.tick(nowMs());
            probe();
        }
        System.err.println(calls.summary());
        if (givenUp != null) {
            System.err.println("no connection to the switch: " + givenUp);
            return 3;
        }
        return calls.isClean() ? 0 : 1;
    }

    private void probe() {
        if (connection == null || nowMs() - lastProbeMs < PROBE_MS) return;
        lastProbeMs = nowMs();
        connection.send("api asr_stream version", reply -> { });
    }

    @Override
    public void onConnected(EslConnection connected) {
        put(() -> {
            connection = connected;
            calls.onConnected((command, onReply) ->
                    connected.send(command, reply -> put(() -> onReply.accept(reply, nowMs()))));
        });
    }

    @Override
    public void onEvent(EslMessage event) {
        put(() -> calls.onEvent(event, nowMs()));
    }

    @Override
    public void onDisconnected(String reason) {
        put(() -> {
            connection = null;
            calls.onDisconnected(reason);
        });
    }

    @Override
    public void onGivenUp(String reason) {
        put(() -> givenUp = reason);
    }

    private void put(Runnable task) {
        try {
            inbox.put(task);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }
}
