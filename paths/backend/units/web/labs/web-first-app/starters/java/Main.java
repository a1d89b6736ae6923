import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** Ada's ticket shop, with nothing but the JDK. So far it says 404 to everybody. */
public class Main {
    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.createContext("/", Main::handle); // every path that begins with /, so all of them
        server.start();
    }

    static void handle(HttpExchange exchange) throws IOException {
        // Your turn: GET /hello. `firsthand brief route` tells what it must answer.
        // The method is exchange.getRequestMethod(), path and query are in exchange.getRequestURI().
        // Concerts.ALL holds the concerts; Json.write makes JSON of Maps and Lists.
        answer(exchange, 404, "text/plain; charset=utf-8", "There is nothing here.\n");
    }

    static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
