package callbot;

import java.util.ArrayList;
import java.util.List;

final class ReordererTest {
    private ReordererTest() {}

    private static final class Log {
        final List<String> lines = new ArrayList<>();
        final Reorderer<String> reorderer =
                new Reorderer<>(lines::add, gap -> lines.add("gap " + gap.first() + "-" + gap.last()));
    }

    static void deliversInOrderWhatComesInOrder() {
        Log log = new Log();
        log.reorderer.accept(1, "a", 0);
        log.reorderer.accept(2, "b", 0);
        Check.equal(List.of("a", "b"), log.lines);
        Check.equal(0L, log.reorderer.reordered());
    }

    static void swapsNeighboursBack() {
        Log log = new Log();
        log.reorderer.accept(2, "b", 0);
        log.reorderer.accept(3, "c", 10);
        Check.equal(List.of(), log.lines);
        log.reorderer.accept(1, "a", 900);
        Check.equal(List.of("a", "b", "c"), log.lines);
        Check.equal(1L, log.reorderer.reordered());
    }

    static void callsItAGapAfterTheWindowAndNotBefore() {
        Log log = new Log();
        log.reorderer.accept(1, "a", 0);
        log.reorderer.accept(4, "d", 100);
        log.reorderer.expire(100 + Reorderer.WINDOW_MS - 1);
        Check.equal(List.of("a"), log.lines);
        log.reorderer.expire(100 + Reorderer.WINDOW_MS);
        Check.equal(List.of("a", "gap 2-3", "d"), log.lines);
    }

    static void waitsAnewForASecondGap() {
        Log log = new Log();
        log.reorderer.accept(2, "b", 0);
        log.reorderer.accept(4, "d", 0);
        log.reorderer.expire(Reorderer.WINDOW_MS);
        Check.equal(List.of("gap 1-1", "b"), log.lines);
        log.reorderer.accept(3, "c", Reorderer.WINDOW_MS + 500);
        Check.equal(List.of("gap 1-1", "b", "c", "d"), log.lines);
    }

    static void dropsWhatCameBefore() {
        Log log = new Log();
        log.reorderer.accept(1, "a", 0);
        log.reorderer.accept(1, "a again", 0);
        log.reorderer.accept(3, "c", 0);
        log.reorderer.accept(3, "c again", 0);
        log.reorderer.accept(2, "b", 0);
        Check.equal(List.of("a", "b", "c"), log.lines);
        Check.equal(2L, log.reorderer.duplicates());
    }

    static void deliversTheRestAtTheEnd() {
        Log log = new Log();
        log.reorderer.accept(2, "b", 0);
        log.reorderer.accept(5, "e", 0);
        log.reorderer.finish(1);
        Check.equal(List.of("gap 1-1", "b", "gap 3-4", "e"), log.lines);
    }

    static void boundsWhatWaitsBehindAGap() {
        Log log = new Log();
        for (long n = 2; n <= Reorderer.MAX_WAITING + 2; ++n) log.reorderer.accept(n, "x", 0);
        Check.equal("gap 1-1", log.lines.get(0));
        Check.equal(Reorderer.MAX_WAITING + 2, log.lines.size());
    }
}
