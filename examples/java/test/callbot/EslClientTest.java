package callbot;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Against a switch of the test's own, on a port the system chooses. */
final class EslClientTest implements EslClient.Listener {
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private volatile EslConnection connection;

    private EslClientTest() {}

    @Override
    public void onConnected(EslConnection connected) {
        connection = connected;
        seen.add("connected");
    }

    @Override
    public void onEvent(EslMessage event) {
        seen.add("event " + event.header("Event-Name"));
    }

    @Override
    public void onDisconnected(String reason) {
        seen.add("disconnected");
    }

    @Override
    public void onGivenUp(String reason) {
        seen.add("given up: " + reason);
    }

    private void expect(String what) throws InterruptedException {
        Check.equal(what, seen.poll(10, TimeUnit.SECONDS));
    }

    private EslClient client(int port, int attempts) {
        EslClient client =
                new EslClient(new EslClient.Address("127.0.0.1", port, "ClueCon"), "event plain CUSTOM a", attempts, this);
        client.start();
        return client;
    }

    /** The switch's side of one connection. */
    private record Peer(Socket socket) {
        static Peer accept(ServerSocket server) throws IOException {
            server.setSoTimeout(10_000);
            Peer peer = new Peer(server.accept());
            peer.socket.setSoTimeout(10_000);
            peer.send("Content-Type: auth/request\n\n");
            return peer;
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        }

        /** Reads one command and compares. */
        void expect(String command) throws IOException {
            InputStream in = socket.getInputStream();
            byte[] bytes = in.readNBytes(command.length() + 2);
            Check.equal(command + "\n\n", new String(bytes, StandardCharsets.UTF_8));
        }

        void reply(String text) throws IOException {
            send("Content-Type: command/reply\nReply-Text: " + text + "\n\n");
        }

        void logIn() throws IOException {
            expect("auth ClueCon");
            reply("+OK accepted");
            expect("event plain CUSTOM a");
            reply("+OK event listener enabled plain");
        }
    }

    static void logsInSubscribesAndComesBackAfterALoss() throws Exception {
        EslClientTest test = new EslClientTest();
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            EslClient client = test.client(server.getLocalPort(), 5);
            Peer first = Peer.accept(server);
            first.logIn();
            test.expect("connected");
            String event = "Event-Name: CUSTOM\n\n";
            first.send("Content-Type: text/event-plain\nContent-Length: " + event.length() + "\n\n" + event);
            test.expect("event CUSTOM");
            first.socket().close();
            test.expect("disconnected");
            Peer second = Peer.accept(server);
            second.logIn();
            test.expect("connected");
            client.stop();
        }
    }

    static void aCommandWaitsForTheReplyToTheOneBefore() throws Exception {
        EslClientTest test = new EslClientTest();
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            EslClient client = test.client(server.getLocalPort(), 5);
            Peer peer = Peer.accept(server);
            peer.logIn();
            test.expect("connected");
            test.connection.send("api one", reply -> test.seen.add("one " + reply));
            test.connection.send("bgapi two", reply -> test.seen.add("two " + reply));
            peer.expect("api one");
            Check.equal(0, peer.socket().getInputStream().available());
            peer.send("Content-Type: api/response\nContent-Length: 4\n\n+OK\n");
            test.expect("one +OK");
            peer.expect("bgapi two");
            peer.reply("+OK Job-UUID: j");
            test.expect("two +OK Job-UUID: j");
            Check.fails("one line", () -> test.connection.send("api a\n\napi b", reply -> { }));
            client.stop();
        }
    }

    static void givesUpAfterTheAllowedAttempts() throws Exception {
        EslClientTest test = new EslClientTest();
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            test.client(server.getLocalPort(), 2);
            for (int i = 0; i < 2; ++i) {
                Peer peer = Peer.accept(server);
                peer.expect("auth ClueCon");
                peer.reply("-ERR invalid");
            }
            test.expect("given up: login refused: -ERR invalid");
        }
    }

    static void pausesGrowUpToTheLongest() {
        Check.equal(200L, EslClient.pauseMs(1, 0.5));
        Check.equal(400L, EslClient.pauseMs(2, 0.5));
        Check.equal(150L, EslClient.pauseMs(0, 0));
        Check.equal((long) EslClient.LONGEST_PAUSE_MS, EslClient.pauseMs(1000, 0.5));
    }
}
