using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tests.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Modes;

/// <summary>The forward proxy to clients that speak HTTP/2 with it, over TLS ("HTTPS proxy").</summary>
public class Http2ProxyTests
{
    private const int ConnectError = 10;
    private const int Cancel = 8;
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly string[] Connect = [":method: CONNECT", ":authority: origin.test:443"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task TlsInAStream_IsIntercepted(int version)
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            var received = new MemoryStream();
            await context.Request.Body.CopyToAsync(received);
            await context.Response.Body.WriteAsync(received.GetBuffer().AsMemory(0, (int)received.Length));
        });
        await using var proxy = await TestProxy.StartAsync(origin, """void OnResponse(HttpFlow flow) => flow.Response!.Headers["X-Client"] = $"{flow.Client.Id} {flow.Client.ApplicationProtocol} {flow.Client.ServerName}";""");
        using var client = ThroughStream(proxy, new Version(version, version == 1 ? 1 : 0));
        var body = new byte[3_000_000];
        Random.Shared.NextBytes(body);

        for (var i = 0; i < 2; i++)
        {
            using var response = await client.PostAsync("https://origin.test/", new ByteArrayContent(body));
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
            Assert.Equal(version == 1 ? "c1.1  origin.test" : "c1.1 h2 origin.test", response.Headers.GetValues("X-Client").Single());
        }

        Assert.Equal("https://origin.test/", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task AbsoluteRequest_GoesWhereItSays()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await ConnectAsync(proxy);

        await peer.SendHeadAsync(1, true, ":method: GET", ":scheme: http", ":authority: origin.test", ":path: /a?b", "proxy-authorization: Basic eDp5", "user-agent: me");

        Assert.StartsWith(":status: 200\n", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("ok", (await peer.ReadAsync(FrameType.Data)).Text);
        Assert.Equal("GET /a?b HTTP/1.1\r\nHost: origin.test\r\nuser-agent: me\r\n\r\n", origin.Connections[0].ReceivedText, ignoreCase: true);
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal(("http://origin.test/a?b", "HTTP/2.0"), (record.Url, record.Protocol));
    }

    [Fact]
    public async Task PlainHttpInAStream_IsIntercepted()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:80");

        await peer.SendDataAsync(1, "GET /in HTTP/1.1\r\nHost: origin.test\r\n\r\n", endStream: false);

        Assert.EndsWith("\r\n\r\nok", (await peer.ReadAsync(FrameType.Data)).Text, StringComparison.Ordinal);
        Assert.Equal("http://origin.test/in", (await proxy.WaitForFlowAsync()).Url);
    }

    [Fact]
    public async Task Tunnel_EndsInEachDirectionByItself()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("220 ready\r\n");
            await connection.ReadToEndAsync();
            await connection.SendAsync("bye " + connection.ReceivedText);
        });
        await using var proxy = await TunnelAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:443");

        Assert.Equal("220 ready\r\n", (await peer.ReadAsync(FrameType.Data)).Text);
        await peer.SendDataAsync(1, "last words", endStream: true);

        Assert.Equal("bye last words", await ReadToEndAsync(peer));
        var record = await proxy.WaitForFlowAsync();
        Assert.Equal(("CONNECT", "origin.test:443", "HTTP/2.0", 10L, 25L, TunnelOutcome.Ended), (record.Method, record.Url, record.Protocol, record.RequestBytes, record.ResponseBytes, record.Tunnel!.Outcome));
    }

    [Fact]
    public async Task OriginThatEndsFirst_StillReadsTheClient()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("done");
            await connection.EndSendingAsync();
            await connection.ReadToEndAsync();
        });
        await using var proxy = await TunnelAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:443");
        Assert.Equal("done", await ReadToEndAsync(peer));

        await peer.SendDataAsync(1, "and ", endStream: false);
        await peer.SendDataAsync(1, "more", endStream: true);

        await proxy.WaitForFlowAsync();
        Assert.Equal("and more", origin.Connections[0].ReceivedText);
    }

    [Fact]
    public async Task OriginThatResets_IsAConnectError()
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("x");
            await connection.ReadExactlyAsync(1);
            connection.Reset();
        });
        await using var proxy = await TunnelAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:443");
        Assert.Equal("x", (await peer.ReadAsync(FrameType.Data)).Text);

        await peer.SendDataAsync(1, "y", endStream: false);

        Assert.Equal(ConnectError, (await peer.ReadAsync(FrameType.Reset)).Number);
        await AssertServesAsync(peer, 3);
    }

    [Fact]
    public async Task ClientThatResetsAStream_ResetsTheOriginAndNothingElse()
    {
        var isReset = new TaskCompletionSource<bool>();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("x");
            isReset.SetResult(await connection.IsResetAsync());
        });
        await using var proxy = await TunnelAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:443");
        Assert.Equal("x", (await peer.ReadAsync(FrameType.Data)).Text);

        await peer.SendNumberAsync(FrameType.Reset, 1, Cancel);

        Assert.True(await isReset.Task.WaitAsync(TestDeadline.Limit));
        Assert.Equal(TunnelOutcome.ClientBroke, (await proxy.WaitForFlowAsync()).Tunnel!.Outcome);
        await AssertServesAsync(peer, 3);
    }

    [Fact]
    public async Task ManyTunnels_RunSideBySide()
    {
        await using var origin = RawOrigin.Start(async connection => await connection.SendAsync("echo " + await connection.ReadUntilAsync("\n")));
        await using var proxy = await TunnelAsync(origin);
        await using var peer = await ConnectAsync(proxy);
        var streams = Enumerable.Range(0, 50).Select(index => (2 * index) + 1).ToArray();
        foreach (var stream in streams) await peer.SendHeadAsync(stream, false, ":method: CONNECT", ":authority: origin.test:443");
        foreach (var stream in streams.Reverse()) await peer.SendDataAsync(stream, $"stream {stream}\n", endStream: false);

        var received = new Dictionary<int, string>();
        while (received.Count < streams.Length)
        {
            var frame = await peer.ReadAsync();
            Assert.NotEqual(FrameType.Reset, frame.Header.Type);
            if (frame is { Header.Type: FrameType.Data, Payload.Length: > 0 }) received.Add(frame.Header.StreamId, frame.Text);
        }

        Assert.All(streams, stream => Assert.Equal($"echo stream {stream}\n", received[stream]));
    }

    [Fact]
    public async Task ClientThatDoesNotRead_HoldsTheOriginBack()
    {
        long sent = 0;
        await using var origin = RawOrigin.Start(async connection =>
        {
            while (true)
            {
                await connection.SendAsync(new byte[64 * 1024]);
                Interlocked.Add(ref sent, 64 * 1024);
            }
        });
        await using var proxy = await TunnelAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:443");

        // The windows of this client are never opened: 65535 bytes come, and not one more.
        var received = 0;
        while (received < 65535) received += (await peer.ReadAsync(FrameType.Data)).Payload.Length;
        await UntilStillAsync(() => Interlocked.Read(ref sent));

        Assert.Equal(65535, received);
        Assert.InRange(Interlocked.Read(ref sent), 65536, 16 * 1024 * 1024);
        await peer.SendAsync(FrameType.Ping, 0, 0, new byte[8]);
        await peer.ReadAsync(FrameType.Ping);
    }

    [Fact]
    public async Task OriginThatDoesNotRead_HoldsTheClientBack()
    {
        var goOn = new TaskCompletionSource();
        await using var origin = RawOrigin.Start(async connection =>
        {
            await connection.SendAsync("x");
            await goOn.Task;
        });
        await using var proxy = await TunnelAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:443");
        Assert.Equal("x", (await peer.ReadAsync(FrameType.Data)).Text);

        // More than all that system and proxy hold: the stream's window is at an end before that.
        var window = 65535L;
        var closed = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    var frame = await peer.ReadAsync();
                    if (frame is { Header: { Type: FrameType.WindowUpdate, StreamId: 1 } }) Interlocked.Add(ref window, frame.Number);
                }
            }
            catch (IOException)
            {
                // The test is over.
            }
        });
        var total = 0L;
        var still = 0;
        while (still < 50)
        {
            if (Interlocked.Read(ref window) - total < 16 * 1024)
            {
                still++;
                await Task.Delay(10);
                continue;
            }

            still = 0;
            await peer.SendAsync(FrameType.Data, 0, 1, new byte[16 * 1024]);
            total += 16 * 1024;
            Assert.InRange(total, 0, 64 * 1024 * 1024);
        }

        goOn.SetResult();
        peer.Connection.Reset();
        await closed;
    }

    [Fact]
    public async Task WithoutCredentials_IsChallengedOnTheSameConnection()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { ProxyAuth = "ann:pw" } });
        await using var peer = await ConnectAsync(proxy);

        await peer.SendHeadAsync(1, false, Connect);
        var challenge = await peer.ReadHeadAsync();
        Assert.Contains("wants to know who you are", await ReadToEndAsync(peer), StringComparison.Ordinal);
        Assert.StartsWith(":status: 407\n", challenge, StringComparison.Ordinal);
        Assert.Contains("\nproxy-authenticate: Basic realm=\"ScriptProxy\"", challenge, StringComparison.Ordinal);
        Assert.Contains("\nproxy-status: scriptproxy; error=http_request_denied", challenge, StringComparison.Ordinal);

        // RFC 9113 §8.1: the answer is whole, and what the client might still send is not wanted.
        Assert.Equal(0, (await peer.ReadAsync(FrameType.Reset)).Number);
        await peer.SendHeadAsync(3, false, ":method: CONNECT", ":authority: origin.test:80", $"proxy-authorization: Basic {Base64("ann:pw")}");
        Assert.StartsWith(":status: 200\n", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        await peer.SendDataAsync(3, "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n", endStream: false);
        Assert.EndsWith("ok", (await peer.ReadAsync(FrameType.Data)).Text, StringComparison.Ordinal);
        Assert.Equal("ann", (await proxy.WaitForFlowAsync()).User);
        Assert.DoesNotContain("authorization", origin.Connections[0].ReceivedText, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task RequestsOfSeveralUsers_AreToldApartOnOneConnection()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(
            new TestProxyOptions { RawOrigins = [origin], Script = "void OnProxyAuthenticate(ProxyAuthentication question) { if (question.Password == \"pw\") question.Accept(); }" });
        await using var peer = await ConnectAsync(proxy);
        string[] users = ["ann", "bob", "ann", "bob"];

        for (var i = 0; i < users.Length; i++)
        {
            await peer.SendHeadAsync((2 * i) + 1, true, ":method: GET", ":scheme: http", ":authority: origin.test", ":path: /", $"proxy-authorization: Basic {Base64($"{users[i]}:pw")}");
            await ReadEndAsync(peer, (2 * i) + 1);
            Assert.Equal(users[i], (await proxy.WaitForFlowAsync(i)).User);
        }

        Assert.All(origin.Connections, connection => Assert.DoesNotContain("authorization", connection.ReceivedText, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("origin.test")]
    [InlineData("origin.test:0")]
    [InlineData("ann@origin.test:443")]
    [InlineData("https://origin.test:443")]
    public async Task ConnectWithoutHostAndPort_IsRefused(string authority)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        await using var peer = await ConnectAsync(proxy);

        await peer.SendHeadAsync(1, false, ":method: CONNECT", $":authority: {authority}");

        Assert.Contains(await peer.ReadOutcomeAsync(), new[] { "HEADERS :status: 400", "RST_STREAM 1", "GOAWAY 1" });
    }

    [Theory]
    [InlineData("ftp", "origin.test", 400)]
    [InlineData("http", "127.0.0.1:1", 502)]
    public async Task RequestThatCannotBeServed_SaysWhy(string scheme, string authority, int status)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions());
        await using var peer = await ConnectAsync(proxy);

        await peer.SendHeadAsync(1, true, ":method: GET", $":scheme: {scheme}", $":authority: {authority}", ":path: /");

        var head = await peer.ReadHeadAsync();
        Assert.StartsWith($":status: {status}\n", head, StringComparison.Ordinal);
        Assert.Contains("\nproxy-status: scriptproxy; error=", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TunnelToNobody_SaysWhy()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { Tunnel = true });
        await using var peer = await ConnectAsync(proxy);

        await peer.SendHeadAsync(1, false, ":method: CONNECT", ":authority: 127.0.0.1:1");

        var head = await peer.ReadHeadAsync();
        Assert.StartsWith(":status: 502\n", head, StringComparison.Ordinal);
        Assert.Contains("\nproxy-status: scriptproxy; error=connection_refused", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddonThatDeniesAConnect_IsObeyed()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(
            new TestProxyOptions { RawOrigins = [origin], Script = "void OnConnect(ConnectFlow connect) { if (connect.Client.Id == \"c1.1\") connect.Deny(\"not here\"); }" });
        await using var peer = await ConnectAsync(proxy);

        await peer.SendHeadAsync(1, false, Connect);

        var head = await peer.ReadHeadAsync();
        Assert.StartsWith(":status: 403\n", head, StringComparison.Ordinal);
        Assert.Contains("\nproxy-status: scriptproxy; error=http_request_denied", head, StringComparison.Ordinal);
        Assert.Empty(origin.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task RequestForTheProxyItself_GetsItsPage(string host)
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { ProxyAuth = "ann:pw" });
        await using var connection = await proxy.ConnectAsync();
        await connection.StartTlsAsync(host, proxy.RootCertificatePath, "h2");
        var peer = await Http2Peer.BeginAsync(connection);

        await peer.SendHeadAsync(1, true, ":method: GET", ":scheme: https", $":authority: {host}:{proxy.EndPoint.Port}", ":path: /");

        Assert.StartsWith(":status: 200\n", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Contains("This is an intercepting HTTP proxy", (await peer.ReadAsync(FrameType.Data)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatAgreesOnHttp2AndSpeaksHttp1_IsServed()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var client = await proxy.ConnectAsync();
        await client.StartTlsAsync("127.0.0.1", proxy.RootCertificatePath, "h2", "http/1.1");

        await client.SendAsync("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");

        Assert.Equal("h2", client.ApplicationProtocol);
        Assert.EndsWith("ok", await client.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoHttp2_IsNotOffered()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyOptions { NoHttp2 = true });
        await using var client = await proxy.ConnectAsync();

        await client.StartTlsAsync("127.0.0.1", proxy.RootCertificatePath, "h2", "http/1.1");

        Assert.Equal("http/1.1", client.ApplicationProtocol);
    }

    [Fact]
    public async Task Stop_EndsIdleTunnelsThatAreIntercepted()
    {
        await using var origin = RawOrigin.StartAnswering(Response);
        await using var proxy = await TestProxy.StartAsync(origin);
        await using var peer = await OpenAsync(proxy, "origin.test:80");
        await peer.SendDataAsync(1, "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n", endStream: false);
        await peer.ReadAsync(FrameType.Data);

        await proxy.StopAsync().WaitAsync(TestDeadline.Limit);

        Assert.NotEqual("RST_STREAM 10", await peer.ReadOutcomeAsync());
    }

    /// <summary>Agrees on HTTP/2 with the proxy itself.</summary>
    private static async Task<Http2Peer> ConnectAsync(TestProxy proxy)
    {
        var connection = await proxy.ConnectAsync();
        await connection.StartTlsAsync("127.0.0.1", proxy.RootCertificatePath, "h2");
        Assert.Equal("h2", connection.ApplicationProtocol);
        return await Http2Peer.BeginAsync(connection);
    }

    /// <summary>Opens a tunnel on the first stream.</summary>
    private static async Task<Http2Peer> OpenAsync(TestProxy proxy, string authority)
    {
        var peer = await ConnectAsync(proxy);
        await peer.SendHeadAsync(1, false, ":method: CONNECT", $":authority: {authority}");
        var head = await peer.ReadHeadAsync();
        Assert.True(head.StartsWith(":status: 200\n", StringComparison.Ordinal), head);
        return peer;
    }

    private static Task<TestProxy> TunnelAsync(RawOrigin origin) => TestProxy.StartAsync(new TestProxyOptions { RawOrigins = [origin], Proxy = new ProxyOptions { Tunnel = true } });

    private static async Task AssertServesAsync(Http2Peer peer, int stream)
    {
        await peer.SendHeadAsync(stream, true, ":method: GET", ":scheme: http", ":authority: 127.0.0.1:1", ":path: /");
        Assert.StartsWith(":status: 502\n", await peer.ReadHeadAsync(), StringComparison.Ordinal);
    }

    private static async Task ReadEndAsync(Http2Peer peer, int stream)
    {
        while (true)
        {
            var frame = await peer.ReadAsync();
            if (frame.Header.StreamId == stream && (frame.EndsStream || frame.Header.Type == FrameType.Reset)) return;
        }
    }

    private static async Task<string> ReadToEndAsync(Http2Peer peer)
    {
        var text = "";
        while (true)
        {
            var frame = await peer.ReadAsync(FrameType.Data);
            text += frame.Text;
            if (frame.EndsStream) return text;
        }
    }

    /// <summary>Waits until a number has stopped growing.</summary>
    private static async Task UntilStillAsync(Func<long> read)
    {
        var last = -1L;
        for (var still = 0; still < 20;)
        {
            var now = read();
            still = now == last ? still + 1 : 0;
            last = now;
            await Task.Delay(10);
        }
    }

    private static HttpClient ThroughStream(TestProxy proxy, Version version)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(proxy.RootCertificatePath);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (context, _) => TunnelStream.Of(await OpenAsync(proxy, $"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}")),
        };
        return new HttpClient(handler) { DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
