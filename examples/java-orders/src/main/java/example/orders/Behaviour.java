package example.orders;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How a bad release misbehaves.
 *
 * <p>The switches are a file inside the jar, so that a bad release is a bad artifact; BEHAVIOUR_NAME in the environment
 * overrides one of them (BEHAVIOUR_SLOW_MS for slow-ms).
 */
final class Behaviour {
  private static final Set<String> NUMBERS =
      Set.of("start-delay-ms", "fail-percent", "fail-after-ms", "slow-ms", "crash-after-ms");
  private static final Set<String> FLAGS =
      Set.of("crash-at-start", "never-healthy", "hang-health", "huge-health", "ignore-sigterm", "wrong-version");

  private final Properties switches = new Properties();
  private final long startedAt = System.nanoTime();

  static Behaviour good() {
    return new Behaviour();
  }

  static Behaviour ofThisRelease(Map<String, String> environment) throws IOException {
    Properties shipped = new Properties();
    try (InputStream file = Behaviour.class.getResourceAsStream("/behaviour.properties")) {
      shipped.load(file);
    }
    Behaviour behaviour = new Behaviour();
    shipped.forEach((name, text) -> behaviour.set((String) name, (String) text, "behaviour.properties"));
    environment.forEach(
        (key, text) -> {
          if (!key.startsWith("BEHAVIOUR_")) return;
          String name = key.substring("BEHAVIOUR_".length()).toLowerCase(Locale.ROOT).replace('_', '-');
          behaviour.set(name, text, key);
        });
    return behaviour;
  }

  // A misspelt switch would be a bad release that behaves well, and a test that proves nothing.
  private void set(String name, String text, String where) {
    boolean understood =
        (FLAGS.contains(name) && (text.equals("true") || text.equals("false")))
            || (NUMBERS.contains(name) && text.matches("\\d+(\\.\\d+)?"));
    if (!understood) {
      crash(2, where + ": \"" + name + "\" with the value \"" + text + "\" is not a switch of this service.");
    }
    switches.setProperty(name, text);
  }

  private boolean is(String flag) {
    return switches.getProperty(flag, "false").equals("true");
  }

  private double number(String name) {
    return Double.parseDouble(switches.getProperty(name, "0"));
  }

  boolean ignoresSigterm() {
    return is("ignore-sigterm");
  }

  void beforeListening(int port) throws InterruptedException {
    Thread.sleep((long) number("start-delay-ms"));
    if (is("crash-at-start")) crash(3, "Port " + port + " is already in use.");
  }

  void afterListening() {
    long ms = (long) number("crash-after-ms");
    if (ms == 0) return;
    new Thread(
            () -> {
              sleep(ms);
              crash(1, "java.lang.OutOfMemoryError: Java heap space");
            })
        .start();
  }

  /** Delays, spoils or takes over an answer; true when nothing is left to be answered. */
  boolean answersBadly(HttpExchange exchange, String path, Answer answer) throws IOException {
    if (number("slow-ms") > 0) sleep((long) number("slow-ms"));

    if (path.equals("/healthz")) {
      if (is("hang-health")) sleep(Long.MAX_VALUE);
      if (is("huge-health")) streamForEver(exchange);
      if (is("never-healthy")) return answer.send(503, "not ready\n");
    }
    if (path.equals("/version") && is("wrong-version")) return answer.send(200, "wrong-release 0.0.0\n");
    long runningMs = (System.nanoTime() - startedAt) / 1_000_000;
    boolean mayFail = (path.equals("/") || path.equals("/orders")) && runningMs >= number("fail-after-ms");
    if (mayFail && ThreadLocalRandom.current().nextDouble(100) < number("fail-percent")) {
      return answer.send(500, "Internal error\n");
    }
    return false;
  }

  interface Answer {
    /** Always true: it has been answered. */
    boolean send(int status, String text) throws IOException;
  }

  private static void streamForEver(HttpExchange exchange) throws IOException {
    byte[] block = new byte[64 * 1024];
    Arrays.fill(block, (byte) 'o');
    exchange.sendResponseHeaders(200, 0); // 0 is chunked: no length, no end.
    OutputStream body = exchange.getResponseBody();
    while (true) body.write(block); // Ends with an IOException when the other side has had enough.
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // Not exit: that would run the shutdown hook, and a crash finishes nothing.
  static void crash(int status, String message) {
    System.err.println(message);
    Runtime.getRuntime().halt(status);
  }
}
