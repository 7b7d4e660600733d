package callbot;

final class AnswersTest {
    private AnswersTest() {}

    static void theFirstRuleThatFitsDecides() {
        Check.equal("menu", Answers.to("Press one to hear your messages"));
        Check.equal("goodbye", Answers.to("goodbye press one"));
        Check.equal("unreachable", Answers.to("your call cannot be completed as dialed"));
        Check.equal("talk", Answers.to("no"));
    }

    static void wordsAreWholeWords() {
        Check.equal("again", Answers.to("now I know"));
        Check.equal("again", Answers.to(""));
    }
}
