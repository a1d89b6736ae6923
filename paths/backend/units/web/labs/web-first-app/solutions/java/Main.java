import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ada's ticket shop, with nothing but the JDK: which request goes where, and what is answered. */
public class Main {
    static final int BODY_BYTES_MAX = 100_000;
    static final String JSON = "application/json";
    static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    record Request(String id, String method, String path, Map<String, String> query, String type, String body) {}

    record Reply(int status, String type, String body, Map<String, String> headers) {}

    interface Handler {
        Reply answer(Request request, String hole) throws Exception;
    }

    record Route(Pattern pattern, Map<String, Handler> handlers) {}

    /** Ends a handler with a status of 400 or more. */
    static final class Refused extends Exception {
        final int status;
        final Map<String, String> headers = new LinkedHashMap<>();
        final Map<String, Object> members = new LinkedHashMap<>();

        Refused(int status, String title) {
            super(title);
            this.status = status;
        }
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.createContext("/", Main::handle);
        server.start();
    }

    // The router.

    static final List<Route> ROUTES = List.of(
        route("/hello", Map.of("GET", (request, hole) -> text("Hello!"))),
        route("/hello/([^/]+)", Map.of("GET", (request, name) -> text("Hello, " + name + "!"))),
        route("/concerts", Map.of("GET", (request, hole) -> listConcerts(request))),
        route("/concerts/([1-9][0-9]{0,8})", Map.of("GET", (request, number) -> showConcert(number))),
        route("/orders", Map.of("POST", (request, hole) -> addOrder(request))),
        route("/orders/([A-Za-z0-9-]{1,64})", Map.of(
            "GET", (request, id) -> json(200, found(Orders.find(id))),
            "DELETE", (request, id) -> deleteOrder(id))),
        route("/breaks", Map.of("GET", (request, hole) -> {
            throw new IllegalStateException(request.query().get("because"));
        })));

    static Route route(String pattern, Map<String, Handler> handlers) {
        return new Route(Pattern.compile(pattern), handlers);
    }

    static Reply dispatch(Request request) throws Exception {
        for (Route route : ROUTES) {
            Matcher fits = route.pattern().matcher(request.path());
            if (!fits.matches()) continue;
            Handler handler = route.handlers().get(request.method().equals("HEAD") ? "GET" : request.method());
            if (handler == null) {
                Set<String> methods = new LinkedHashSet<>(route.handlers().keySet());
                if (methods.contains("GET")) methods.add("HEAD");
                Refused refused = new Refused(405, "Method Not Allowed");
                refused.headers.put("Allow", String.join(", ", methods));
                throw refused;
            }
            return handler.answer(request, fits.groupCount() == 0 ? "" : decoded(fits.group(1).replace("+", "%2B")));
        }
        throw new Refused(404, "Not Found");
    }

    // The handlers.

    static Reply listConcerts(Request request) {
        String genre = request.query().get("genre");
        List<Object> shown = new ArrayList<>();
        for (Concerts.Concert concert : Concerts.ALL) {
            if (genre == null || concert.genre().equals(genre)) shown.add(concert.members());
        }
        return json(200, shown);
    }

    static Reply showConcert(String number) throws Refused {
        int place = Integer.parseInt(number);
        if (place > Concerts.ALL.size()) throw new Refused(404, "Not Found");
        return json(200, Concerts.ALL.get(place - 1).members());
    }

    static Reply addOrder(Request request) throws Exception {
        if (!request.type().equals(JSON)) throw new Refused(415, "Unsupported Media Type");
        Object sent;
        try {
            sent = Json.read(request.body());
        } catch (Json.Broken broken) {
            throw new Refused(400, "The body is not JSON.");
        }
        List<Object> errors = new ArrayList<>();
        Map<String, Object> order = Orders.read(sent, errors);
        if (!errors.isEmpty()) {
            Refused refused = new Refused(422, "This order cannot be taken.");
            refused.members.put("errors", errors);
            throw refused;
        }
        Reply reply = json(201, Orders.keep(order));
        reply.headers().put("Location", "/orders/" + order.get("id"));
        return reply;
    }

    static Reply deleteOrder(String id) throws Exception {
        if (!Orders.remove(id)) throw new Refused(404, "Not Found");
        return new Reply(204, null, "", new LinkedHashMap<>());
    }

    static Object found(Object thing) throws Refused {
        if (thing == null) throw new Refused(404, "Not Found");
        return thing;
    }

    static Reply text(String content) {
        return new Reply(200, "text/plain; charset=utf-8", content, new LinkedHashMap<>());
    }

    static Reply json(int status, Object content) {
        return new Reply(status, JSON, Json.write(content), new LinkedHashMap<>());
    }

    // Once around everything.

    static Reply answer(Request request) {
        Refused refused;
        try {
            return dispatch(request);
        } catch (Refused expected) {
            refused = expected;
        } catch (Exception error) {
            StringWriter trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            write(request, Map.of("error", trace.toString()));
            refused = new Refused(500, "Something went wrong on our side.");
        }
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("title", refused.getMessage());
        problem.put("status", refused.status);
        problem.put("id", request.id());
        problem.putAll(refused.members);
        return new Reply(refused.status, "application/problem+json", Json.write(problem), refused.headers);
    }

    static void write(Request request, Map<String, Object> what) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", request.id());
        line.putAll(what);
        System.out.println(Json.write(line));
    }

    static void handle(HttpExchange exchange) throws IOException {
        Request request = read(exchange);
        Reply reply = answer(request);
        write(request, Map.of("method", request.method(), "path", request.path(), "status", reply.status()));

        exchange.getResponseHeaders().set("X-Request-Id", request.id());
        if (reply.type() != null) exchange.getResponseHeaders().set("Content-Type", reply.type());
        reply.headers().forEach(exchange.getResponseHeaders()::set);
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        boolean hasBody = reply.status() != 204 && !request.method().equals("HEAD");
        exchange.sendResponseHeaders(reply.status(), hasBody ? body.length : -1); // -1: no body at all
        if (hasBody) exchange.getResponseBody().write(body);
        exchange.close();
    }

    static Request read(HttpExchange exchange) throws IOException {
        String given = exchange.getRequestHeaders().getFirst("X-Request-Id");
        String id = given != null && ID.matcher(given).matches() ? given : UUID.randomUUID().toString();
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        return new Request(
            id,
            exchange.getRequestMethod(),
            exchange.getRequestURI().getRawPath(),
            queryOf(exchange.getRequestURI().getRawQuery()),
            type == null ? "" : type.split(";")[0].trim().toLowerCase(),
            new String(exchange.getRequestBody().readNBytes(BODY_BYTES_MAX), StandardCharsets.UTF_8));
    }

    static Map<String, String> queryOf(String written) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String part : (written == null ? "" : written).split("&")) {
            String[] pair = part.split("=", 2);
            query.putIfAbsent(decoded(pair[0]), pair.length < 2 ? "" : decoded(pair[1]));
        }
        return query;
    }

    /** What `%` and `+` of a query stand for. */
    static String decoded(String written) {
        return URLDecoder.decode(written, StandardCharsets.UTF_8);
    }
}
