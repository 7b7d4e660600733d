package callbot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the command line says. */
final class Settings {
    static final String USAGE = """
            usage: run.sh --dial STRING | --dial-list FILE [OPTION...]
              --dial STRING        where to call, for instance sofia/gateway/carrier/4930123456
              --dial-list FILE     a destination a line, optionally a tab and a name for it; taken in turn
              --calls N            how many calls (default: one for each destination)
              --concurrency N      at once (10)
              --rate N             new calls a second (20)
              --app APP            what the switch does with the call (lua(bot.lua))
              --variables A=B,...  channel variables of every call
              --switch HOST:PORT   event socket (127.0.0.1:8021)
              --password WORD      of the event socket (ClueCon, or $CALLBOT_PASSWORD)
              --call-timeout S     a call that lasts longer is ended and counts as failed (300)
              --connect-attempts N failed attempts in a row before it gives up (20)
            Transcripts go to standard output, a line each: uuid, name, number of the utterance, text, with tabs between.
            Exit code: 0 all is well, 1 a call failed or an event is missing, 2 usage, 3 no connection to the switch.
            """;

    record Destination(String dial, String label) {}

    final List<Destination> destinations = new ArrayList<>();
    int calls;
    int concurrency = 10;
    int rate = 20;
    String app = "lua(bot.lua)";
    String variables = "";
    String host = "127.0.0.1";
    int port = 8021;
    String password = System.getenv().getOrDefault("CALLBOT_PASSWORD", "ClueCon");
    int callTimeoutS = 300;
    int connectAttempts = 20;

    /** Throws IllegalArgumentException with what is wrong. */
    static Settings of(String[] arguments) {
        Settings settings = new Settings();
        for (int i = 0; i < arguments.length; i += 2) {
            if (i + 1 >= arguments.length) throw new IllegalArgumentException(arguments[i] + " needs a value");
            settings.set(arguments[i], arguments[i + 1]);
        }
        if (settings.destinations.isEmpty()) throw new IllegalArgumentException("--dial or --dial-list is missing");
        if (settings.calls == 0) settings.calls = settings.destinations.size();
        return settings;
    }

    private void set(String name, String value) {
        switch (name) {
            case "--dial" -> addDestination(value);
            case "--dial-list" -> readDestinations(Path.of(value));
            case "--calls" -> calls = number(name, value, 1, 1_000_000);
            case "--concurrency" -> concurrency = number(name, value, 1, 10_000);
            case "--rate" -> rate = number(name, value, 1, 1000);
            case "--app" -> app = value;
            case "--variables" -> variables = value;
            case "--switch" -> setSwitch(value);
            case "--password" -> password = value;
            case "--call-timeout" -> callTimeoutS = number(name, value, 1, 86_400);
            case "--connect-attempts" -> connectAttempts = number(name, value, 1, 1_000_000);
            default -> throw new IllegalArgumentException("unknown option " + name);
        }
    }

    private void setSwitch(String value) {
        int colon = value.lastIndexOf(':');
        if (colon < 1) throw new IllegalArgumentException("--switch " + value + ": HOST:PORT is wanted");
        host = value.substring(0, colon);
        port = number("--switch", value.substring(colon + 1), 1, 65_535);
    }

    private void readDestinations(Path file) {
        try {
            Files.readAllLines(file).stream().filter(line -> !line.isBlank()).forEach(this::addDestination);
        } catch (IOException failure) {
            throw new IllegalArgumentException("cannot read " + file + ": " + failure.getMessage());
        }
    }

    private void addDestination(String line) {
        String[] parts = line.split("\t", 2);
        String dial = parts[0].strip();
        destinations.add(new Destination(dial, parts.length > 1 ? parts[1].strip() : dial));
    }

    private static int number(String name, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) return number;
        } catch (NumberFormatException malformed) {
            // told below
        }
        throw new IllegalArgumentException(name + " " + value + ": allowed are " + least + " to " + most);
    }
}
