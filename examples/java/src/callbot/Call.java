package callbot;

/** One outbound call and how far it got. */
final class Call {
    enum State { originating, running, hung_up }

    final int number;
    final String uuid;
    final String label;
    final String destination;
    final long startedMs;
    State state = State.originating;
    long hungUpMs;
    String outcome = "";
    int utterances;
    int answeredTurn; // the last turn that was answered

    Call(int number, String uuid, String label, String destination, long startedMs) {
        this.number = number;
        this.uuid = uuid;
        this.label = label;
        this.destination = destination;
        this.startedMs = startedMs;
    }

    @Override
    public String toString() {
        return "call " + number + " (" + label + ")";
    }
}
