package example.orders;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A service that takes orders: the JDK's own HTTP server, no dependencies.
 *
 * <p>It shows what a service needs to be replaced without losing a request: it says which release it is and how it
 * feels, answers 200 only for what is on disk, and finishes what it began when it is told to stop.
 */
public final class Orders {
  static final String VERSION = "1.0.0"; // Changing this line is the smallest new release.

  private final String release;
  private final Behaviour behaviour;
  private final Witness ledger;
  private final HttpServer server;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean stopping;
  private volatile boolean draining;

  public static void main(String[] args) throws Exception {
    Map<String, String> environment = System.getenv();
    int port = Integer.parseInt(environment.getOrDefault("PORT", "8080"));
    String release = environment.getOrDefault("SIGNALBOX_RELEASE", "unreleased");
    try (Witness starts = new Witness(environment.get("STARTS_FILE"))) {
      // One line per process, before anything else can go wrong: the lines count how often a host was activated.
      starts.add(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + ProcessHandle.current().pid() + " " + release);
    }

    Behaviour behaviour = Behaviour.ofThisRelease(environment);
    // A hook that never ends keeps the JVM, and with it the service, alive until SIGKILL.
    if (behaviour.ignoresSigterm()) Runtime.getRuntime().addShutdownHook(new Thread(() -> sleep(Long.MAX_VALUE)));
    behaviour.beforeListening(port);
    try {
      Orders orders = new Orders(port, release, behaviour, new Witness(environment.get("LEDGER_FILE")));
      // The JVM ends by itself when the hook returns, with 143: stopped by SIGTERM, as asked.
      if (!behaviour.ignoresSigterm()) Runtime.getRuntime().addShutdownHook(new Thread(orders::finish));
      orders.start();
    } catch (BindException e) {
      Behaviour.crash(3, "Port " + port + " is already in use.");
    }
    System.out.println("orders " + VERSION + ", release " + release + ", listens on port " + port);
    behaviour.afterListening();
  }

  Orders(int port, String release, Behaviour behaviour, Witness ledger) throws IOException {
    this.release = release;
    this.behaviour = behaviour;
    this.ledger = ledger;
    // Without it each small answer on a kept-alive connection waits 40 ms for the other side's acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    // The proxy in front closes idle connections, not the service: otherwise a request can meet a closing connection.
    System.setProperty("sun.net.httpserver.idleInterval", "75");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
    server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), 1024);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::handle);
  }

  void start() {
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Accepts nothing more, and returns when the requests in flight have their answers. */
  void finish() {
    stopping = true;
    System.out.println("Stopping with " + inFlight + " request(s) in flight");
    // stop() closes the listener at once and then waits, sometimes for all of its time with nothing left to wait for.
    Thread closing = new Thread(() -> server.stop(3600));
    closing.setDaemon(true);
    closing.start();
    // First a moment, then the question: a request that was just being read is counted by now.
    do sleep(50);
    while (inFlight.get() > 0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    // A health probe is nobody's work: it never holds up a stop.
    boolean counts = !path.equals("/healthz");
    if (counts) inFlight.incrementAndGet();
    try (exchange) {
      boolean answered = behaviour.answersBadly(exchange, path, (status, text) -> answer(exchange, status, text));
      if (!answered) route(exchange, path);
    } finally {
      if (counts) inFlight.decrementAndGet();
    }
  }

  private boolean route(HttpExchange exchange, String path) throws IOException {
    String method = exchange.getRequestMethod().equals("HEAD") ? "GET" : exchange.getRequestMethod();
    switch (method + " " + path) {
      case "GET /":
        return answer(exchange, 200, "Hello from release " + release + " on " + hostname() + "\n");
      case "GET /healthz":
        return draining ? answer(exchange, 503, "draining\n") : answer(exchange, 200, "ok\n");
      case "GET /version":
        return answer(exchange, 200, release + " " + VERSION + "\n");
      case "GET /slow":
        return slow(exchange);
      case "POST /orders":
        return order(exchange);
      // For whatever is in front and asks for the health: this copy wants no more requests, and answers those that come.
      case "POST /admin/drain":
        return setDraining(exchange, true);
      case "POST /admin/readmit":
        return setDraining(exchange, false);
      default:
        return answer(exchange, 404, "Not found\n");
    }
  }

  private boolean slow(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    String ms = query == null ? "500" : query.replaceFirst("^ms=", "");
    if (!ms.matches("\\d{1,5}") || Integer.parseInt(ms) > 60_000) {
      return answer(exchange, 400, "ms must be a number from 0 to 60000\n");
    }
    sleep(Integer.parseInt(ms));
    return answer(exchange, 200, "Release " + release + " answered after " + ms + " ms\n");
  }

  private boolean order(HttpExchange exchange) throws IOException {
    String id = exchange.getRequestHeaders().getFirst("X-Request-Id");
    if (id == null || !id.matches("[\\w.:-]{1,128}")) {
      return answer(exchange, 400, "X-Request-Id must be 1 to 128 of A-Z a-z 0-9 _ . : -\n");
    }
    try {
      ledger.add(id + " " + release);
    } catch (IOException e) {
      return answer(exchange, 503, "Not accepted: " + e.getMessage() + "\n");
    }
    return answer(exchange, 200, "Accepted " + id + " by release " + release + "\n");
  }

  private boolean setDraining(HttpExchange exchange, boolean wanted) throws IOException {
    // Nobody but the host itself may take it out of rotation.
    boolean fromHere = exchange.getRemoteAddress().getAddress().isLoopbackAddress();
    if (!fromHere) return answer(exchange, 403, "Only from the host itself\n");
    draining = wanted;
    return answer(exchange, 200, draining ? "draining\n" : "ok\n");
  }

  /** Always true: it has been answered. */
  private boolean answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    // A kept-alive connection must not bring another request to a process that is leaving.
    if (stopping || draining) exchange.getResponseHeaders().set("Connection", "close");
    // On every answer, so that whoever counts need not read bodies.
    exchange.getResponseHeaders().set("X-Release", release);
    exchange.getResponseHeaders().set("X-Host", hostname());
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) exchange.getResponseBody().write(body);
    return true;
  }

  /** From the kernel: the JDK would ask a name server, and a host need not have one. */
  private static String hostname() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
