package callbot;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/** Runs every static method without arguments of the test classes; ends with code 1 if one fails. */
final class AllTests {
    private AllTests() {}

    public static void main(String[] arguments) throws IllegalAccessException {
        Class<?>[] classes = {EslReaderTest.class, EslClientTest.class, JsonTest.class, ReordererTest.class, StreamsTest.class,
                CallsTest.class, SettingsTest.class, AnswersTest.class};
        int run = 0;
        int failed = 0;
        for (Class<?> type : classes) {
            for (Method test : type.getDeclaredMethods()) {
                if (!isTest(test)) continue;
                ++run;
                if (!passes(type, test)) ++failed;
            }
        }
        System.out.println(run + " test(s), " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    private static boolean isTest(Method method) {
        int modifiers = method.getModifiers();
        return Modifier.isStatic(modifiers) && !Modifier.isPrivate(modifiers) && method.getParameterCount() == 0
                && method.getReturnType() == void.class;
    }

    private static boolean passes(Class<?> type, Method test) throws IllegalAccessException {
        try {
            test.invoke(null);
            return true;
        } catch (InvocationTargetException failure) {
            System.out.println("FAILED " + type.getSimpleName() + "." + test.getName() + ": " + failure.getCause());
            failure.getCause().printStackTrace(System.out);
            return false;
        }
    }
}
