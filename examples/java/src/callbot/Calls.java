package callbot;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The campaign: originates the calls, prints what is heard on them, answers the bot, and knows when all is done. One
 * thread; what goes out leaves through `commands`, and times are passed in, so a test needs no switch.
 */
final class Calls implements Streams.Listener {
    static final long CLOSE_WAIT_MS = 10_000; // for the last transcripts after a hang-up

    /** Sends a command; the reply comes later, on the thread of this object. False: it was not taken. */
    interface Commands {
        boolean send(String command, BiConsumer<String, Long> onReply);
    }

    private final Settings settings;
    private final PrintStream out;
    private final PrintStream log;
    private final Supplier<String> newUuid;
    private final Tally tally = new Tally();
    private final Streams streams = new Streams(this);
    private final Map<String, Call> calls = new LinkedHashMap<>(); // not finished, by uuid
    private final Map<String, Call> jobs = new HashMap<>();        // of originate, by Job-UUID
    private Commands commands; // null while there is no connection
    private boolean isOriginating; // an originate is not answered yet; the next one waits, so that answers to bots do not
    private int started;
    private long nextStartMs;

    Calls(Settings settings, PrintStream out, PrintStream log) {
        this(settings, out, log, () -> UUID.randomUUID().toString());
    }

    Calls(Settings settings, PrintStream out, PrintStream log, Supplier<String> newUuid) {
        this.settings = settings;
        this.out = out;
        this.log = log;
        this.newUuid = newUuid;
    }

    static String subscription() {
        StringBuilder line = new StringBuilder("event plain BACKGROUND_JOB CHANNEL_HANGUP_COMPLETE CUSTOM bot::transcript");
        // All of them, because ASR-Sequence counts all of them.
        for (String kind : new String[] {"connected", "begin_speaking", "partial", "final", "end_speaking", "error",
                "disconnected", "closed"}) {
            line.append(' ').append(Streams.PREFIX).append(kind);
        }
        return line.toString();
    }

    /** With a connection after one was lost: asks for each call whether it still is. */
    void onConnected(Commands commands) {
        this.commands = commands;
        isOriginating = false;
        for (Call call : calls.values()) {
            if (call.state == Call.State.hung_up) continue;
            commands.send("api uuid_setvar " + call.uuid + " bot_service back", (reply, nowMs) -> {
                if (reply.startsWith("-ERR")) fail(call, "ended while there was no connection", nowMs);
            });
        }
    }

    void onDisconnected(String reason) {
        commands = null;
        ++tally.reconnects;
        log.println("connection lost: " + reason);
    }

    void onEvent(EslMessage event, long nowMs) {
        switch (event.header("Event-Name")) {
            case "BACKGROUND_JOB" -> onJob(event, nowMs);
            case "CHANNEL_HANGUP_COMPLETE" -> onHangup(event, nowMs);
            case "CUSTOM" -> onCustom(event, nowMs);
            default -> { }
        }
    }

    /** To be called several times a second. */
    void tick(long nowMs) {
        streams.expire(nowMs);
        for (Call call : calls.values().toArray(Call[]::new)) {
            if (call.state == Call.State.hung_up) {
                finishIfDone(call, nowMs);
            } else if (nowMs - call.startedMs > settings.callTimeoutS * 1000L) {
                send("api uuid_kill " + call.uuid);
                fail(call, "lasted longer than " + settings.callTimeoutS + " s", nowMs);
            }
        }
        originate(nowMs);
    }

    boolean isDone() {
        return started == settings.calls && calls.isEmpty();
    }

    boolean isClean() {
        return isDone() && tally.isClean();
    }

    String summary() {
        return tally.summary(streams);
    }

    @Override
    public void onAsrEvent(String uuid, EslMessage event) {
        Call call = calls.get(uuid);
        if (call == null) return;
        if (!event.header("ASR-Gap-MS").isEmpty()) {
            log.println(call + ": " + event.header("ASR-Gap-MS") + " ms of its audio were lost");
        }
        switch (event.header("Event-Subclass").substring(Streams.PREFIX.length())) {
            case "final" -> print(call, event);
            case "error", "disconnected" -> log.println(call + ": " + event.header("Event-Subclass") + " " + event.body());
            default -> { }
        }
    }

    @Override
    public void onGap(String uuid, String stream, Reorderer.Gap gap) {
        ++tally.gaps;
        tally.missing += gap.last() - gap.first() + 1;
        log.println("gap: stream " + stream + " of " + calls.get(uuid) + ": events " + gap.first() + " to " + gap.last()
                + " never came");
    }

    private void originate(long nowMs) {
        if (commands == null || isOriginating || started == settings.calls || running() >= settings.concurrency
                || nowMs < nextStartMs) return;
        nextStartMs = Math.max(nextStartMs, nowMs - CallBot.TICK_MS) + 1000 / settings.rate;
        Settings.Destination to = settings.destinations.get(started % settings.destinations.size());
        Call call = new Call(++started, newUuid.get(), to.label(), to.dial(), nowMs);
        calls.put(call.uuid, call);
        String variables = settings.variables.isEmpty() ? "" : "," + settings.variables;
        boolean sent = commands.send("bgapi originate {origination_uuid=" + call.uuid + ",ignore_early_media=true"
                + variables + "}" + call.destination + " &" + settings.app,
                (reply, at) -> onOriginating(call, reply, at));
        isOriginating = sent;
        if (!sent) fail(call, "too many commands wait", nowMs);
    }

    private long running() {
        return calls.values().stream().filter(call -> call.state != Call.State.hung_up).count();
    }

    private void onOriginating(Call call, String reply, long nowMs) {
        isOriginating = false;
        String marker = "Job-UUID: ";
        int at = reply.indexOf(marker);
        if (reply.startsWith("+OK") && at >= 0) {
            jobs.put(reply.substring(at + marker.length()).strip(), call);
        } else {
            fail(call, reply, nowMs);
        }
    }

    private void onJob(EslMessage event, long nowMs) {
        Call call = jobs.remove(event.header("Job-UUID"));
        if (call == null) return;
        String result = event.body().strip();
        if (!result.startsWith("+OK")) {
            fail(call, result, nowMs); // also behind its hang-up, which says less
        } else if (call.state == Call.State.originating) {
            call.state = Call.State.running;
        }
    }

    private void onHangup(EslMessage event, long nowMs) {
        Call call = calls.get(event.header("Unique-ID"));
        if (call == null || call.state == Call.State.hung_up) return;
        String outcome = event.header("variable_bot_outcome");
        call.state = Call.State.hung_up;
        call.outcome = outcome.isEmpty() ? event.header("Hangup-Cause") : outcome;
        call.hungUpMs = nowMs;
    }

    private void onCustom(EslMessage event, long nowMs) {
        String subclass = event.header("Event-Subclass");
        if (!calls.containsKey(event.header("Unique-ID"))) return; // somebody else's call
        if (subclass.startsWith(Streams.PREFIX)) streams.accept(event, nowMs);
        if (subclass.equals("bot::transcript")) answer(calls.get(event.header("Unique-ID")), event);
    }

    private void print(Call call, EslMessage event) {
        try {
            Utterance utterance = Utterance.of(event);
            if (utterance.text().isEmpty()) return; // a service may end a silence with an empty final
            ++tally.utterances;
            String text = utterance.text().replaceAll("\\s+", " ");
            out.println(call.uuid + "\t" + call.label + "\t" + ++call.utterances + "\t" + text
                    + (utterance.replayed() ? "\treplayed" : ""));
            out.flush();
        } catch (IllegalArgumentException malformed) {
            ++tally.unreadable;
            log.println(call + ": unreadable transcript: " + malformed.getMessage());
        }
    }

    private void answer(Call call, EslMessage event) {
        int turn;
        try {
            turn = Integer.parseInt(event.header("Bot-Turn"));
        } catch (NumberFormatException malformed) {
            ++tally.unreadable;
            return;
        }
        if (turn <= call.answeredTurn) return;
        call.answeredTurn = turn;
        String branch = Answers.to(event.body());
        if (send("api uuid_setvar " + call.uuid + " bot_answer " + turn + ":" + branch)) ++tally.answers;
        log.println(call + ": turn " + turn + ", answer " + branch);
    }

    private boolean send(String command) {
        return commands != null && commands.send(command, (reply, nowMs) -> { });
    }

    /** The call came to nothing; counts once. */
    private void fail(Call call, String reason, long nowMs) {
        if (!calls.containsKey(call.uuid)) return;
        ++tally.failed;
        log.println(call + " failed: " + reason);
        forget(call, nowMs);
    }

    private void finishIfDone(Call call, long nowMs) {
        long sinceMs = nowMs - call.hungUpMs;
        boolean settled = sinceMs >= Reorderer.WINDOW_MS && streams.openOf(call.uuid) == 0;
        if (!settled && sinceMs < CLOSE_WAIT_MS) return;
        ++tally.completed;
        log.println(call + ": " + call.outcome + ", " + call.utterances + " utterance(s)");
        forget(call, nowMs);
    }

    private void forget(Call call, long nowMs) {
        tally.unclosed += streams.openOf(call.uuid);
        streams.finish(call.uuid, nowMs);
        calls.remove(call.uuid);
        jobs.values().remove(call);
    }
}
