package example.orders;

import static org.junit.Assert.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class OrdersTest {
  @Rule public TemporaryFolder folder = new TemporaryFolder();

  @Test
  public void anAcceptedOrderIsInTheLedgerEvenAfterATornLine() throws Exception {
    Path ledger = folder.newFile("ledger").toPath();
    Files.writeString(ledger, "order-1\norde");

    // Not the switches of this release: a bad release has to pass its own build to be found out on a host.
    Orders orders = new Orders(0, "test", Behaviour.good(), new Witness(ledger.toString()));
    orders.start();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + orders.port() + "/orders"))
            .header("X-Request-Id", "order-2")
            .POST(BodyPublishers.noBody())
            .build();
    int status = HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
    List<String> lines = Files.readAllLines(ledger);
    orders.finish();

    assertEquals(200, status);
    assertEquals(List.of("order-1", "orde", "order-2 test"), lines);
  }
}
