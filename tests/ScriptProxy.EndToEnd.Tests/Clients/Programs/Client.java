import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

/** java Client.java URL FILE HTTP_1_1|HTTP_2: asks URL?by=get, posts FILE to URL, prints "protocol status body" for each. */
public class Client {
    public static void main(String[] args) throws Exception {
        var client = HttpClient.newBuilder().proxy(ProxySelector.getDefault()).version(HttpClient.Version.valueOf(args[2])).build();
        ask(client, HttpRequest.newBuilder(URI.create(args[0] + "?by=get")).build());
        ask(client, HttpRequest.newBuilder(URI.create(args[0])).POST(HttpRequest.BodyPublishers.ofFile(Path.of(args[1]))).build());
    }

    private static void ask(HttpClient client, HttpRequest request) throws Exception {
        var response = client.send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(response.version() + " " + response.statusCode() + " " + response.body());
    }
}
