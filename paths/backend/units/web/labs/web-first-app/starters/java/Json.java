import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads and writes JSON, which the standard library of Java does not: objects are Maps, lists are Lists. */
final class Json {
    /** What was read is not JSON. */
    static final class Broken extends Exception {
        Broken(String message) {
            super(message);
        }
    }

    private static final int DEPTH_MAX = 50;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    /** A Map, List, String, Boolean or null; whole numbers are a Long, and others a BigDecimal. */
    static Object read(String text) throws Broken {
        Json reader = new Json(text);
        Object value = reader.value(0);
        reader.skipSpace();
        if (reader.at < text.length()) throw reader.broken("something follows");
        return value;
    }

    /** Maps, Lists (and other Iterables), text, numbers, booleans and null, as JSON. */
    static String write(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                .map(entry -> quoted((String) entry.getKey()) + ":" + write(entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Json::write).collect(Collectors.joining(",", "[", "]"));
        }
        return value instanceof String text ? quoted(text) : String.valueOf(value);
    }

    private final String text;
    private int at = 0;

    private Json(String text) {
        this.text = text;
    }

    private Object value(int depth) throws Broken {
        if (depth > DEPTH_MAX) throw broken("it is too deep");
        skipSpace();
        if (at >= text.length()) throw broken("it ends");
        switch (text.charAt(at)) {
            case '{': return object(depth);
            case '[': return list(depth);
            case '"': return string();
            default:
        }
        for (String word : List.of("true", "false", "null")) {
            if (text.startsWith(word, at)) {
                at += word.length();
                return word.equals("null") ? null : Boolean.valueOf(word);
            }
        }
        Matcher number = NUMBER.matcher(text).region(at, text.length());
        if (!number.lookingAt()) throw broken("no value begins so");
        at = number.end();
        boolean isWhole = number.group(2) == null && number.group(3) == null && number.group().length() <= 18;
        return isWhole ? (Object) Long.valueOf(number.group()) : new BigDecimal(number.group());
    }

    private Map<String, Object> object(int depth) throws Broken {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        if (has('}')) return members;
        do {
            skipSpace();
            String name = string();
            if (!has(':')) throw broken("a colon is missing");
            members.put(name, value(depth + 1));
        } while (has(','));
        if (!has('}')) throw broken("a brace is missing");
        return members;
    }

    private List<Object> list(int depth) throws Broken {
        List<Object> items = new ArrayList<>();
        at++;
        if (has(']')) return items;
        do {
            items.add(value(depth + 1));
        } while (has(','));
        if (!has(']')) throw broken("a bracket is missing");
        return items;
    }

    private String string() throws Broken {
        if (at >= text.length() || text.charAt(at) != '"') throw broken("a quote is missing");
        StringBuilder found = new StringBuilder();
        for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
            char letter = text.charAt(at);
            if (letter < ' ') throw broken("a text has a line end");
            found.append(letter == '\\' ? escaped() : letter);
        }
        if (at >= text.length()) throw broken("a text has no end");
        at++;
        return found.toString();
    }

    private char escaped() throws Broken {
        at++;
        int place = at < text.length() ? "\"\\/bfnrt".indexOf(text.charAt(at)) : -1;
        if (place >= 0) return "\"\\/\b\f\n\r\t".charAt(place);
        if (at + 5 > text.length() || !text.substring(at, at + 5).matches("u[0-9A-Fa-f]{4}")) {
            throw broken("a backslash stands for nothing");
        }
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
    }

    private boolean has(char wanted) {
        skipSpace();
        if (at >= text.length() || text.charAt(at) != wanted) return false;
        at++;
        return true;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    private Broken broken(String what) {
        return new Broken("At character " + (at + 1) + ", " + what + ".");
    }

    private static String quoted(String text) {
        StringBuilder made = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            if (letter == '"' || letter == '\\') made.append('\\').append(letter);
            else if (letter < ' ') made.append(String.format("\\u%04x", (int) letter));
            else made.append(letter);
        }
        return made.append('"').toString();
    }
}
