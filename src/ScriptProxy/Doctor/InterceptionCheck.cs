using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Doctor;

/// <summary>Whether the proxy is reached, and whether a request through it is intercepted with a certificate of this root.</summary>
/// <param name="proxy">Where it listens.</param>
/// <param name="credentials">USER:PASSWORD that it asks for; null when none.</param>
/// <param name="root">The root.</param>
internal sealed class InterceptionCheck(IPEndPoint proxy, string? credentials, RootCertificate root)
{
    /// <summary>A name that leads nowhere: the certificate is shown before anything is dialled.</summary>
    private static readonly Uri Nowhere = new("https://doctor.scriptproxy.invalid/");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Looks at both.</summary>
    /// <param name="url">What to ask for; null to look at the certificate only.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<IReadOnlyList<DoctorCheck>> RunAsync(Uri? url, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(proxy, timeout.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return
            [
                DoctorCheck.Failed("proxy", $"nothing listens on {proxy}", "Start it: scriptproxy -s FILE. If it listens elsewhere, name the address with --listen."),
                DoctorCheck.Skipped("interception", "there is no proxy to ask"),
            ];
        }

        var reached = DoctorCheck.Ok("proxy", $"{proxy} accepts");
        try
        {
            return [reached, await AskAsync(client.GetStream(), url ?? Nowhere, isOnlyHandshake: url is null, timeout.Token)];
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            return [reached, DoctorCheck.Failed("interception", exception is OperationCanceledException ? $"no answer within {Patience.TotalSeconds} s" : $"the connection broke: {Printable.Escape(exception.Message)}", "Look at what the proxy logs: scriptproxy --log-level debug.")];
        }
    }

    private async Task<DoctorCheck> AskAsync(Stream stream, Uri url, bool isOnlyHandshake, CancellationToken cancellationToken)
    {
        var authorization = credentials is null ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}\r\n";
        if (url.Scheme == "http") return Judge(await SendAsync(stream, $"GET {url.AbsoluteUri} HTTP/1.1\r\nHost: {url.Authority}\r\n{authorization}Connection: close\r\n\r\n", cancellationToken), url);

        var authority = $"{url.IdnHost}:{url.Port}";
        var answer = await SendAsync(stream, $"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{authorization}\r\n", cancellationToken);
        if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
        {
            return DoctorCheck.Failed("interception", $"CONNECT {authority} was answered {StatusOf(answer)}", StatusOf(answer).StartsWith("407", StringComparison.Ordinal)
                ? "The proxy asks for a user: set SCRIPTPROXY_PROXY_AUTH=USER:PASSWORD, or --proxy-auth."
                : "An addon may refuse this host, or what listens there is another program.");
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        foreach (var anchor in root.Anchors) policy.CustomTrustStore.Add(anchor);
        await using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.IdnHost, CertificateChainPolicy = policy }, cancellationToken);
        }
        catch (AuthenticationException exception)
        {
            return DoctorCheck.Failed("interception", $"the certificate for {url.IdnHost} is none of this root: {Printable.Escape(exception.Message.Split('\n')[0])}", "The proxy uses another --ca-dir, or relays this host unread (--tunnel, an addon): compare scriptproxy addons.");
        }

        if (isOnlyHandshake) return DoctorCheck.Ok("interception", "the proxy shows certificates of this root");
        return Judge(await SendAsync(tls, $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: close\r\n\r\n", cancellationToken), url);
    }

    private static DoctorCheck Judge(string answer, Uri url)
    {
        var own = answer.Split("\r\n").FirstOrDefault(line => line.StartsWith("Proxy-Status:", StringComparison.OrdinalIgnoreCase));
        var shown = Printable.Escape(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
        return own is null && answer.StartsWith("HTTP/1.", StringComparison.Ordinal)
            ? DoctorCheck.Ok("interception", $"{shown} was answered {StatusOf(answer)}, through the proxy")
            : DoctorCheck.Failed("interception", $"{shown}: {StatusOf(answer)}{(own is null ? "" : $" ({Printable.Escape(own)})")}", "The proxy was reached, the origin was not: check its name, its certificate (--upstream-ca, --insecure-upstream), and the way there.");
    }

    private static string StatusOf(string answer) => answer.Length == 0 ? "with nothing" : Printable.Escape(answer.Split("\r\n")[0].Split(' ', 2)[^1]);

    private static async Task<string> SendAsync(Stream stream, string request, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        var head = new byte[64 * 1024];
        var length = 0;
        while (length < head.Length)
        {
            // Byte by byte: what follows the head of CONNECT's answer belongs to TLS.
            if (await stream.ReadAsync(head.AsMemory(length, 1), cancellationToken) == 0) break;
            length++;
            if (head.AsSpan(0, length).EndsWith("\r\n\r\n"u8)) break;
        }

        return Encoding.Latin1.GetString(head, 0, length);
    }
}
