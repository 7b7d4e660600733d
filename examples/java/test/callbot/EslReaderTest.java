package callbot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

final class EslReaderTest {
    private EslReaderTest() {}

    private static EslReader reader(String wire) {
        return new EslReader(new ByteArrayInputStream(wire.getBytes(StandardCharsets.UTF_8)));
    }

    static void readsMessagesOneAfterTheOther() throws IOException {
        EslReader reader = reader("Content-Type: auth/request\n\nContent-Type: api/response\nContent-Length: 4\n\n+OK\n"
                + "Content-Type: command/reply\nReply-Text: +OK accepted\n\n");
        Check.equal("auth/request", reader.read().header("content-type"));
        Check.equal("+OK\n", reader.read().body());
        Check.equal("+OK accepted", reader.read().header("Reply-Text"));
        Check.equal(null, reader.read());
    }

    static void decodesTheHeadersOfAnEventAndLeavesItsBody() throws IOException {
        String body = "{\"text\":\"50% + grün\"}";
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        String event = "Event-Name: CUSTOM\nEvent-Subclass: asr_stream%3A%3Afinal\nX: a+b%25\nBad: 5%zz\nContent-Length: "
                + length + "\n\n" + body;
        int outer = event.getBytes(StandardCharsets.UTF_8).length;
        EslMessage message = reader("Content-Length: " + outer + "\nContent-Type: text/event-plain\n\n" + event).read();
        EslMessage decoded = EslReader.event(message);
        Check.equal("asr_stream::final", decoded.header("Event-Subclass"));
        Check.equal("a+b%", decoded.header("X"));
        Check.equal("5%zz", decoded.header("Bad"));
        Check.equal(body, decoded.body());
        Check.equal("", decoded.header("Absent"));
    }

    static void takesCarriageReturnsAndBlankLinesBetweenMessages() throws IOException {
        EslReader reader = reader("\n\r\nReply-Text: +OK\r\n\r\n");
        Check.equal("+OK", reader.read().header("Reply-Text"));
    }

    static void endsWithinAMessageAreErrors() {
        Check.fails("within a body", () -> reader("Content-Length: 9\n\nshort").read());
        Check.fails("within a message", () -> reader("A: b\n").read());
        Check.fails("within a line", () -> reader("A: b").read());
    }

    static void boundsWhatTheSwitchMaySend() {
        Check.fails("Content-Length", () -> reader("Content-Length: 99999999\n\n").read());
        Check.fails("Content-Length", () -> reader("Content-Length: -1\n\n").read());
        Check.fails("not a number", () -> reader("Content-Length: many\n\n").read());
        Check.fails("a line of more than", () -> reader("A: " + "x".repeat(EslReader.MAX_LINE) + "\n\n").read());
        StringBuilder many = new StringBuilder();
        for (int i = 0; i <= EslReader.MAX_HEADERS; ++i) many.append('H').append(i).append(": x\n");
        Check.fails("headers", () -> reader(many + "\n").read());
        Check.fails("not a header", () -> reader("no colon\n\n").read());
    }
}
