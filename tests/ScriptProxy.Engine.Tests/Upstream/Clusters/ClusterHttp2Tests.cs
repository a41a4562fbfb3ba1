using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tests.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

/// <summary>Clusters whose endpoints speak HTTP/2: what fails there is a stream, and the connection goes on.</summary>
public sealed class ClusterHttp2Tests
{
    private const string Url = "https://" + ClusterFixture.Host + "/";
    private const int Cancel = 8;
    private const int RefusedStream = 7;

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task EndpointThatRefusesStreams_IsPassedOver(string method)
    {
        await using var refusing = Start(async peer =>
        {
            for (var stream = 1; ; stream += 2)
            {
                await peer.ReadHeadAsync();
                await peer.SendNumberAsync(FrameType.Reset, stream, RefusedStream);
            }
        });
        await using var other = await ClusterFixture.NamedAsync("other");
        await using var proxy = await StartAsync([refusing.EndPoint, other.HttpsEndPoint], new());
        using var request = new HttpRequestMessage(new HttpMethod(method), Url) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await proxy.CreateClient().SendAsync(request);

        Assert.Equal("other", await response.Content.ReadAsStringAsync());
        Assert.StartsWith($"service/{other.HttpsEndPoint} (routes[0]): {refusing.EndPoint} ", (await proxy.WaitForFlowAsync()).Upstream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndpointThatGoesAway_LosesNoRequestThatItDidNotLookAt()
    {
        await using var leaving = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(FrameType.GoAway, 0, 0, new byte[8]);
            await peer.Connection.ReadToEndAsync();
        });
        await using var other = await ClusterFixture.NamedAsync("other");
        await using var proxy = await StartAsync([leaving.EndPoint, other.HttpsEndPoint], new());

        Assert.Equal("other", await proxy.CreateClient(HttpVersion.Version20).GetStringAsync(Url));
    }

    [Fact]
    public async Task SlowStream_IsCancelledForAnotherEndpoint()
    {
        var reset = new TaskCompletionSource<int>();
        await using var slow = Start(async peer =>
        {
            await peer.ReadHeadAsync();
            reset.SetResult((await peer.ReadAsync(FrameType.Reset)).Number);
            await peer.Connection.ReadToEndAsync();
        });
        await using var fast = await ClusterFixture.NamedAsync("fast");
        await using var proxy = await StartAsync([slow.EndPoint, fast.HttpsEndPoint], new() { PerTryTimeout = TimeSpan.FromMilliseconds(200) });

        Assert.Equal("fast", await proxy.CreateClient(HttpVersion.Version20).GetStringAsync(Url));

        Assert.Equal(Cancel, await reset.Task.WaitAsync(TestDeadline.Limit));
        Assert.Contains("http_response_timeout", (await proxy.WaitForFlowAsync()).Upstream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlowStream_LeavesOthersOnItsConnectionAlone()
    {
        var goOn = new TaskCompletionSource();
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin with { Protocols = HttpProtocols.Http2 }, async context =>
        {
            if (context.Request.Path == "/slow") await Task.Delay(Timeout.Infinite, context.RequestAborted);
            if (context.Request.Path != "/") await context.Response.Body.FlushAsync();
            if (context.Request.Path == "/streamed") await goOn.Task;
            await context.Response.WriteAsync(context.Connection.Id);
        });
        await using var proxy = await StartAsync([origin.HttpsEndPoint], new() { Attempts = 0, PerTryTimeout = TimeSpan.FromMilliseconds(200) });
        var client = proxy.CreateClient(HttpVersion.Version20);
        var connection = await client.GetStringAsync(Url);
        using var streamed = await client.GetAsync(Url + "streamed", HttpCompletionOption.ResponseHeadersRead);

        using var slow = await client.GetAsync(Url + "slow");
        goOn.SetResult();

        Assert.Equal(HttpStatusCode.GatewayTimeout, slow.StatusCode);
        Assert.Equal(connection, await streamed.Content.ReadAsStringAsync());
        Assert.Equal(connection, await client.GetStringAsync(Url));
    }

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "2.0")]
    public async Task ReverseMode_GoesThroughTheCluster(string scheme, string version)
    {
        await using var a = await ClusterFixture.NamedAsync("a");
        await using var b = await ClusterFixture.NamedAsync("b");
        var endpoints = scheme == "http" ? ClusterFixture.Http(a, b) : [a.HttpsEndPoint.ToString(), b.HttpsEndPoint.ToString()];
        await using var proxy = await ClusterFixture.StartAsync(
            new ProxyOptions { Mode = [$"reverse:{scheme}://{ClusterFixture.Host}"], UpstreamCa = [a.RootCertificatePath] }, [ClusterFixture.Nobody(), .. endpoints]);
        using var client = new HttpClient { DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        var answers = new HashSet<string>();
        for (var i = 0; i < 4; i++) answers.Add(await client.GetStringAsync($"http://{proxy.EndPoint}/"));

        Assert.Equal(["a", "b"], answers.Order());
    }

    [Fact]
    public async Task EndpointsWithoutTls_AreSpokenToInHttp2()
    {
        static RawOrigin Endpoint(string name) => RawOrigin.Start(async connection =>
        {
            await using var peer = await Http2Peer.AcceptAsync(connection);
            for (var stream = 1; ; stream += 2)
            {
                await peer.ReadHeadAsync();
                await peer.SendHeadAsync(stream, false, ":status: 200");
                await peer.SendDataAsync(stream, name, endStream: true);
            }
        });
        await using var a = Endpoint("a");
        await using var b = Endpoint("b");
        await using var proxy = await ClusterFixture.StartAsync(
            new ProxyOptions { Hosts = [new() { Match = [ClusterFixture.Host], H2c = true }] }, [a.EndPoint.ToString(), b.EndPoint.ToString()]);
        var client = proxy.CreateClient();

        var answers = "";
        for (var i = 0; i < 4; i++) answers += await client.GetStringAsync($"http://{ClusterFixture.Host}/");

        Assert.Equal("abab", answers);
        Assert.Single(a.Connections);
    }

    private static RawOrigin Start(Func<Http2Peer, Task> dialogue) => RawOrigin.Start(
        new RawOriginOptions { Tls = true, ApplicationProtocols = ["h2"], Hosts = [ClusterFixture.Host] }, async connection => await dialogue(await Http2Peer.AcceptAsync(connection)));

    private static Task<TestProxy> StartAsync(IEnumerable<IPEndPoint> endpoints, RetryOptions retries) =>
        ClusterFixture.StartAsync(endpoints.Select(endpoint => endpoint.ToString()), upstream => upstream with { Retries = retries with { Backoff = TimeSpan.Zero } });
}
