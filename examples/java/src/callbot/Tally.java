package callbot;

/** What happened, for the summary and the exit code. */
final class Tally {
    int completed;
    int failed;
    int unclosed; // streams whose end was never told
    int utterances;
    int answers;
    int gaps;
    long missing; // events in the gaps
    int unreadable;
    int reconnects;

    boolean isClean() {
        return failed == 0 && unclosed == 0 && gaps == 0 && unreadable == 0;
    }

    String summary(Streams streams) {
        return String.format("%d call(s) completed, %d failed; %d utterance(s), %d answer(s); %d gap(s) with %d event(s), "
                + "%d stream(s) not closed, %d unreadable event(s); %d event(s) put in order, %d duplicate(s) dropped; "
                + "%d reconnect(s)", completed, failed, utterances, answers, gaps, missing, unclosed, unreadable,
                streams.reordered(), streams.duplicates(), reconnects);
    }
}
