package callbot;

final class SettingsTest {
    private SettingsTest() {}

    static void aCallForEachDestinationUnlessTold() {
        Settings settings = Settings.of(new String[] {"--dial", "a\tfirst", "--dial", "b", "--switch", "sw:9000"});
        Check.equal(2, settings.calls);
        Check.equal(new Settings.Destination("a", "first"), settings.destinations.get(0));
        Check.equal(new Settings.Destination("b", "b"), settings.destinations.get(1));
        Check.equal("sw", settings.host);
        Check.equal(9000, settings.port);
    }

    static void saysWhatIsWrong() {
        Check.fails("--dial", () -> Settings.of(new String[] {}));
        Check.fails("needs a value", () -> Settings.of(new String[] {"--dial"}));
        Check.fails("unknown option --x", () -> Settings.of(new String[] {"--x", "1"}));
        Check.fails("allowed are 1 to", () -> Settings.of(new String[] {"--dial", "a", "--calls", "0"}));
        Check.fails("allowed are 1 to", () -> Settings.of(new String[] {"--dial", "a", "--rate", "fast"}));
        Check.fails("HOST:PORT", () -> Settings.of(new String[] {"--dial", "a", "--switch", "8021"}));
        Check.fails("cannot read", () -> Settings.of(new String[] {"--dial-list", "/nonexistent"}));
    }
}
