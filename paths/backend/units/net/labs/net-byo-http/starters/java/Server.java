import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Your HTTP server. So far it takes every call and hangs up without a word. */
public class Server {
    static final int PORT = Integer.parseInt(System.getenv("PORT"));
    static final String PUBLIC_DIR = System.getenv("PUBLIC_DIR"); // the folder of files to serve, from stage 5 on
    static final int WAITING_MAX = 128; // calls that the system keeps for us until we take them

    public static void main(String[] args) throws IOException {
        try (ServerSocket listener = new ServerSocket(PORT, WAITING_MAX, InetAddress.getByName("127.0.0.1"))) {
            System.out.println("listening on port " + PORT);
            while (true) {
                Socket client = listener.accept();
                // Your turn: read what the client says, and reply before you hang up.
                // `firsthand brief status-line` tells what the first reply must look like.
                client.close();
            }
        }
    }
}
