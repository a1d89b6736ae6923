import java.util.List;
import java.util.Map;

/** The concerts of the shop. */
final class Concerts {
    record Concert(int number, String artist, String genre, int price) {
        Map<String, Object> members() {
            return Map.of("number", number, "artist", artist, "genre", genre, "price", price);
        }
    }

    /** In order of their numbers: the first one is number 1. */
    static final List<Concert> ALL = List.of(
        new Concert(1, "The Silver Tides", "folk", 30),
        new Concert(2, "Café Noir", "drum & bass", 25),
        new Concert(3, "Kofi & the Night Bus", "música latina", 20),
        new Concert(4, "Ana Luz", "folk", 40));
}
