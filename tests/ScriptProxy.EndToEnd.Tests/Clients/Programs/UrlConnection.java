import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** java UrlConnection.java URL FILE: asks URL?by=get, posts FILE to URL, prints "URLConnection status body" for each. Redirects are followed. */
public class UrlConnection {
    public static void main(String[] args) throws Exception {
        var query = args[0].contains("?") ? "" : "?by=get";
        show((HttpURLConnection) new URL(args[0] + query).openConnection());
        if (args.length < 2) return;
        var post = (HttpURLConnection) new URL(args[0]).openConnection();
        post.setRequestMethod("POST");
        post.setRequestProperty("Content-Type", "application/octet-stream");
        post.setDoOutput(true);
        try (var body = post.getOutputStream()) {
            Files.copy(Path.of(args[1]), body);
        }

        show(post);
    }

    private static void show(HttpURLConnection connection) throws Exception {
        try (InputStream body = connection.getInputStream()) {
            System.out.println("URLConnection " + connection.getResponseCode() + " " + new String(body.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
