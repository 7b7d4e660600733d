package callbot;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One connection to the switch's event socket. run() reads on the caller's thread; a second thread writes, so that
 * whoever sends a command never waits for the network. A command is written when the one before was answered: as long
 * as commands wait in its socket FreeSWITCH reads them, byte by byte, and sends no events.
 */
final class EslConnection implements Closeable {
    static final int MAX_COMMANDS = 1000; // that wait to be written; more are refused

    private record Command(String text, Consumer<String> onReply) {}

    private final Socket socket = new Socket();
    private final BlockingQueue<Command> commands = new ArrayBlockingQueue<>(MAX_COMMANDS);
    private final AtomicReference<Consumer<String>> awaited = new AtomicReference<>(); // who gets the next reply
    private final Semaphore answered = new Semaphore(1);
    private final EslReader reader;

    /** Connects and logs in, or throws with the reason. */
    EslConnection(String host, int port, String password, int timeoutMs) throws IOException {
        try {
            socket.connect(new InetSocketAddress(host, port), timeoutMs);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMs);
            reader = new EslReader(new BufferedInputStream(socket.getInputStream()));
            logIn(password);
        } catch (IOException | RuntimeException failure) {
            socket.close();
            throw failure;
        }
    }

    private void logIn(String password) throws IOException {
        expect("auth/request");
        write("auth " + password);
        String reply = expect("command/reply").header("Reply-Text");
        if (!reply.startsWith("+OK")) throw new IOException("login refused: " + reply);
    }

    private EslMessage expect(String type) throws IOException {
        EslMessage message = reader.read();
        if (message == null) throw new IOException("the switch closed the connection");
        if (!message.header("Content-Type").equals(type)) {
            throw new IOException("expected " + type + ", got " + message.header("Content-Type"));
        }
        return message;
    }

    /**
     * Any thread. onReply gets the reply's text on the reading thread; it is not called if the connection ends before.
     * False: too many commands wait, and this one was not taken.
     */
    boolean send(String command, Consumer<String> onReply) {
        if (command.indexOf('\n') >= 0 || command.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("a command of more than one line: " + command);
        }
        return commands.offer(new Command(command, onReply));
    }

    /** Hands over events until the connection ends; returns why. A silence of silenceMs ends it. */
    String run(Consumer<EslMessage> onEvent, int silenceMs) {
        Thread writer = new Thread(this::writeCommands, "esl-writer");
        writer.setDaemon(true);
        writer.start();
        try {
            socket.setSoTimeout(silenceMs);
            for (EslMessage message = reader.read(); message != null; message = reader.read()) {
                switch (message.header("Content-Type")) {
                    case "text/event-plain" -> onEvent.accept(EslReader.event(message));
                    case "command/reply" -> reply(message.header("Reply-Text"));
                    case "api/response" -> reply(message.body());
                    case "text/disconnect-notice" -> { return "the switch said goodbye"; }
                    default -> { } // a kind of message that was not asked for
                }
            }
            return "the switch closed the connection";
        } catch (IOException failure) {
            return failure.getMessage();
        } finally {
            writer.interrupt();
            close();
        }
    }

    private void reply(String text) {
        Consumer<String> onReply = awaited.getAndSet(null);
        if (onReply == null) return; // nobody asked
        answered.release();
        onReply.accept(text.strip());
    }

    private void writeCommands() {
        try {
            while (true) {
                Command command = commands.take();
                answered.acquire();
                awaited.set(command.onReply());
                write(command.text());
            }
        } catch (InterruptedException ended) {
            // run() returned
        } catch (IOException failure) {
            close(); // run() sees it
        }
    }

    private void write(String command) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write((command + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException ignored) {
            // there is nothing left to do with it
        }
    }
}
