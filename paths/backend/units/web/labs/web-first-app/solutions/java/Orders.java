import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/** Orders: the door through which they come in, and the folder in which they are kept, a file for each. */
final class Orders {
    private static final Pattern EMAIL = Pattern.compile("[^@\\s]+@[^@\\s]+");
    private static final List<String> FIELDS = List.of("email", "concert", "tickets", "note");

    /** An order; what is wrong with what was sent is added to the errors, and with any, there is no order. */
    static Map<String, Object> read(Object sent, List<Object> errors) {
        if (!(sent instanceof Map<?, ?> fields)) {
            errors.add(Map.of("field", "", "message", "Send an object with email, concert and tickets."));
            return null;
        }
        for (Object name : fields.keySet()) {
            if (!FIELDS.contains(name)) errors.add(Map.of("field", name, "message", "There is no such field."));
        }
        if (!(fields.get("email") instanceof String email) || email.length() > 254 || !EMAIL.matcher(email).matches()) {
            errors.add(Map.of("field", "email", "message", "Give an e-mail address, such as ada@example.test."));
        }
        long concert = whole(fields.get("concert"), Concerts.ALL.size());
        if (concert == 0) {
            errors.add(Map.of("field", "concert", "message", "Give the number of a concert; GET /concerts lists them."));
        }
        long tickets = whole(fields.get("tickets"), 6);
        if (tickets == 0) errors.add(Map.of("field", "tickets", "message", "Give a whole number from 1 to 6."));
        Object note = fields.containsKey("note") ? fields.get("note") : "";
        if (!(note instanceof String text) || text.codePointCount(0, text.length()) > 200) {
            errors.add(Map.of("field", "note", "message", "Write 200 characters at most."));
        }
        if (!errors.isEmpty()) return null;

        Map<String, Object> order = new LinkedHashMap<>();
        order.put("email", fields.get("email"));
        order.put("concert", concert);
        order.put("tickets", tickets);
        order.put("note", note);
        order.put("pay", tickets * Concerts.ALL.get((int) concert - 1).price());
        return order;
    }

    /** The number if it is a whole one from 1 to the highest, else 0. */
    private static long whole(Object value, long highest) {
        return value instanceof Long number && number >= 1 && number <= highest ? number : 0;
    }

    /** Give the order a random id, which no other copy of this program has to know of, and write its file. */
    static Map<String, Object> keep(Map<String, Object> order) throws IOException {
        order.put("id", UUID.randomUUID().toString());
        Files.writeString(fileOf((String) order.get("id")), Json.write(order), StandardOpenOption.CREATE_NEW);
        return order;
    }

    /** The order with this id, which must look like one: it becomes the name of a file. Null when there is none. */
    static Object find(String id) throws IOException, Json.Broken {
        try {
            return Json.read(Files.readString(fileOf(id)));
        } catch (NoSuchFileException none) {
            return null;
        }
    }

    /** Whether there was such an order; now there is none. */
    static boolean remove(String id) throws IOException {
        return Files.deleteIfExists(fileOf(id));
    }

    private static Path fileOf(String id) {
        return Path.of(System.getenv("DATA_DIR"), id + ".json");
    }
}
