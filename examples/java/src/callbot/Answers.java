package callbot;

import java.util.List;
import java.util.Locale;

/** What the bot should do after what it heard: the place for a business's own logic. The names are bot.lua's branches. */
final class Answers {
    private record Rule(String branch, List<String> phrases) {}

    // The first rule with a phrase that occurs decides.
    private static final List<Rule> RULES = List.of(
            new Rule("goodbye", List.of(" goodbye ", " stop calling ")),
            new Rule("menu", List.of(" press ", " please enter ")),
            new Rule("hold", List.of(" stay on the line ", " please hold ", " busy ")),
            new Rule("unreachable", List.of(" cannot be ", " can't ", " sorry ", " invalid ", " not in service ")),
            new Rule("talk", List.of(" yes ", " no ", " hello ", " who is ")));

    private Answers() {}

    /** A branch of bot.lua; "again" asks the called side to repeat. */
    static String to(String text) {
        String said = " " + text.toLowerCase(Locale.ROOT) + " ";
        for (Rule rule : RULES) {
            if (rule.phrases().stream().anyMatch(said::contains)) return rule.branch();
        }
        return "again";
    }
}
