using System.Net;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Engine.Tests.Wire;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream.Clusters;

/// <summary>Requests and tunnels through a cluster of real origins.</summary>
public sealed class ClusterWireTests
{
    private const string Url = "http://" + ClusterFixture.Host + "/";

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    public async Task Requests_AreSpreadAndStayWhatTheyWere(string scheme, string version)
    {
        await using var a = await TestOrigin.StartAsync(ClusterFixture.Origin, context => context.Response.WriteAsync($"a {context.Request.Host}"));
        await using var b = await TestOrigin.StartAsync(ClusterFixture.Origin, context => context.Response.WriteAsync($"b {context.Request.Host}"));
        string[] endpoints = scheme == "http" ? [.. ClusterFixture.Http(a, b)] : [a.HttpsEndPoint.ToString(), b.HttpsEndPoint.ToString()];
        await using var proxy = await ClusterFixture.StartAsync(endpoints);
        var client = proxy.CreateClient(Version.Parse(version));

        var answers = new List<string>();
        for (var i = 0; i < 4; i++) answers.Add(await client.GetStringAsync($"{scheme}://{ClusterFixture.Host}/"));

        Assert.Equal(["a service.test", "b service.test", "a service.test", "b service.test"], answers);
        Assert.Equal($"service/{endpoints[0]} (routes[0])", (await proxy.WaitForFlowAsync()).Upstream);
    }

    [Fact]
    public async Task EndpointKilledMidRun_LosesNoIdempotentRequest()
    {
        await using var a = await ClusterFixture.NamedAsync("a");
        await using var b = await ClusterFixture.NamedAsync("b");
        var doomed = await ClusterFixture.NamedAsync("doomed");
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(a, doomed, b), upstream => upstream with
        {
            Retries = new() { Attempts = 3, On = ["connect-failure", "reset"], BudgetPercent = 100, Backoff = TimeSpan.Zero },
            Limits = new() { MaxRetries = 1000 },
        });
        var client = proxy.CreateClient();

        var requests = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++) Assert.Contains(await client.GetStringAsync(Url), (string[])["a", "b", "doomed"]);
        })).ToArray();
        while (doomed.RequestCount < 50) await Task.Yield();
        await doomed.DisposeAsync();
        await Task.WhenAll(requests);

    }

    [Fact]
    public async Task EndpointThatRefuses_IsPassedOverEvenByRequestsWithABody()
    {
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin, async context => await context.Request.Body.CopyToAsync(context.Response.Body));
        var nobody = ClusterFixture.Nobody();
        await using var proxy = await ClusterFixture.StartAsync([nobody, origin.HttpEndPoint.ToString()]);

        using var response = await proxy.CreateClient().PostAsync(Url, new StringContent("the body"));

        Assert.Equal("the body", await response.Content.ReadAsStringAsync());
        Assert.Equal($"service/{origin.HttpEndPoint} (routes[0]): {nobody} connection_refused, {origin.HttpEndPoint}", (await proxy.WaitForFlowAsync()).Upstream);
    }

    [Theory]
    [InlineData("GET", false, 200)]
    [InlineData("PUT", false, 200)]
    [InlineData("POST", false, 502)]
    [InlineData("POST", true, 200)]
    public async Task RequestCutOff_IsSentAgainWhereItsMethodAllows(string method, bool nonIdempotent, int expected)
    {
        var bodies = new List<string>();
        await using var cutting = RawOrigin.Start(async connection => await connection.ReadHeadAsync());
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin, async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            bodies.Add(await reader.ReadToEndAsync());
        });
        await using var proxy = await ClusterFixture.StartAsync(
            [cutting.EndPoint.ToString(), origin.HttpEndPoint.ToString()], upstream => upstream with { Retries = new() { NonIdempotent = nonIdempotent } });
        using var request = new HttpRequestMessage(new HttpMethod(method), Url);
        if (method != "GET") request.Content = new StringContent("the body");

        using var response = await proxy.CreateClient().SendAsync(request);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected == 502 ? [] : [method == "GET" ? "" : "the body"], bodies);
    }

    [Fact]
    public async Task LongBodyThatBegan_IsNotSentAgain()
    {
        await using var cutting = RawOrigin.Start(async connection => await connection.ReadHeadAsync());
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin, _ => throw new InvalidOperationException("Nobody was to come here."));
        await using var proxy = await ClusterFixture.StartAsync([cutting.EndPoint.ToString(), origin.HttpEndPoint.ToString()], upstream => upstream with { Retries = new() });

        using var response = await proxy.CreateClient().PutAsync(Url, new ByteArrayContent(new byte[200_000]));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("503", 200)]
    [InlineData("gateway-error", 200)]
    [InlineData("500", 503)]
    public async Task StatusCode_IsTriedAgainWhereConfigured(string on, int expected)
    {
        await using var failing = await TestOrigin.StartAsync(ClusterFixture.Origin, context =>
        {
            context.Response.StatusCode = 503;
            return context.Response.WriteAsync("failing");
        });
        await using var origin = await ClusterFixture.NamedAsync("good");
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(failing, origin), upstream => upstream with { Retries = new() { On = [on] } });

        using var response = await proxy.CreateClient().GetAsync(Url);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected == 200 ? "good" : "failing", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AllTriesUsed_ShowsTheLastResponse()
    {
        await using var failing = await TestOrigin.StartAsync(ClusterFixture.Origin, context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        IReadOnlyList<UpstreamTry>? tries = null;
        var addon = new HookAddon
        {
            Completed = flow =>
            {
                tries = flow.Tries;
                return default;
            },
        };
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(failing), upstream => upstream with { Retries = new() { Attempts = 2, Backoff = TimeSpan.Zero } }, addon);

        using var response = await proxy.CreateClient().GetAsync(Url);
        await proxy.WaitForFlowAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(3, failing.RequestCount);
        Assert.Equal(Enumerable.Repeat(new UpstreamTry(failing.HttpEndPoint.ToString(), "503"), 3), tries);
    }

    [Fact]
    public async Task SlowEndpoint_IsLeftForAnother()
    {
        await using var slow = await TestOrigin.StartAsync(ClusterFixture.Origin, context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var fast = await ClusterFixture.NamedAsync("fast");
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(slow, fast), upstream => upstream with { Retries = new() { PerTryTimeout = TimeSpan.FromMilliseconds(100) } });

        Assert.Equal("fast", await proxy.CreateClient().GetStringAsync(Url));
        Assert.Contains("http_response_timeout", (await proxy.WaitForFlowAsync()).Upstream, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlowEndpointOnAnOpenConnection_IsAskedOnce()
    {
        var isSlow = false;
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin, context => isSlow ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(origin), upstream => upstream with { Retries = new() { Attempts = 0, PerTryTimeout = TimeSpan.FromMilliseconds(100) } });
        var client = proxy.CreateClient();
        using (await client.GetAsync(Url)) isSlow = true;

        using var response = await client.GetAsync(Url);

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Contains("error=http_response_timeout", response.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        Assert.Equal(2, origin.RequestCount);
    }

    [Fact]
    public async Task EjectedEndpoint_ComesBack()
    {
        var isFailing = true;
        await using var flaky = await TestOrigin.StartAsync(ClusterFixture.Origin, context =>
        {
            context.Response.StatusCode = isFailing ? 500 : 200;
            return context.Response.WriteAsync("flaky");
        });
        await using var good = await ClusterFixture.NamedAsync("good");
        await using var proxy = await ClusterFixture.StartAsync(
            ClusterFixture.Http(flaky, good), upstream => upstream with { Outliers = new() { ConsecutiveFailures = 2, Eject = TimeSpan.FromMilliseconds(300) } });
        var client = proxy.CreateClient();
        for (var i = 0; i < 4; i++) (await client.GetAsync(Url)).Dispose();
        Assert.Contains($"service: {flaky.HttpEndPoint} is ejected for 0.3 s after 2 failures in a row, the last 500", await proxy.WaitForLogAsync("is ejected"), StringComparison.Ordinal);

        isFailing = false;
        await proxy.WaitForLogAsync($"{flaky.HttpEndPoint} is back");

        var answers = new[] { await client.GetStringAsync(Url), await client.GetStringAsync(Url) };
        Assert.Equal(["flaky", "good"], answers.Order());
    }

    [Fact]
    public async Task EndpointWhoseCheckFails_GetsNoRequestsUntilItIsWell()
    {
        var isWell = false;
        await using var sick = await TestOrigin.StartAsync(ClusterFixture.Origin, context =>
        {
            if (context.Request.Path == "/healthz") context.Response.StatusCode = isWell ? 204 : 503;
            return isWell || context.Request.Path == "/healthz" ? Task.CompletedTask : throw new InvalidOperationException("No request was to come here.");
        });
        await using var good = await ClusterFixture.NamedAsync("good");
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(sick, good), upstream => upstream with
        {
            Health = new() { Path = "/healthz", Interval = TimeSpan.FromMilliseconds(20), Unhealthy = 1, Healthy = 1, Timeout = TimeSpan.FromSeconds(10), Expected = ["204", "200"] },
        });
        Assert.EndsWith("/healthz answered 503", await proxy.WaitForLogAsync("is unhealthy"), StringComparison.Ordinal);
        var client = proxy.CreateClient();
        for (var i = 0; i < 4; i++) Assert.Equal("good", await client.GetStringAsync(Url));

        isWell = true;
        await proxy.WaitForLogAsync($"{sick.HttpEndPoint} is healthy after 1 good checks");

        var answers = new[] { await client.GetStringAsync(Url), await client.GetStringAsync(Url) };
        Assert.Equal(["", "good"], answers.Order());
    }

    [Fact]
    public async Task HealthCheckInTls_VerifiesTheCertificateOfItsHost()
    {
        await using var good = await TestOrigin.StartAsync(ClusterFixture.Origin, _ => Task.CompletedTask);
        await using var other = await TestOrigin.StartAsync(new TestOriginOptions { Hosts = ["other.test"] }, _ => Task.CompletedTask);
        await using var proxy = await ClusterFixture.StartAsync([good.HttpsEndPoint.ToString(), other.HttpsEndPoint.ToString()], upstream => upstream with
        {
            Health = new() { Path = "/", Tls = true, Host = ClusterFixture.Host, Unhealthy = 1, Timeout = TimeSpan.FromSeconds(10) },
        });

        Assert.Contains($"{other.HttpsEndPoint} is unhealthy after 1 checks that failed: TLS failed", await proxy.WaitForLogAsync("is unhealthy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreRequestsThanAllowed_AreAnswered503()
    {
        var release = new TaskCompletionSource();
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin, _ => release.Task);
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(origin), upstream => upstream with { Limits = new() { MaxRequests = 1 } });
        var client = proxy.CreateClient();
        var first = client.GetAsync(Url);
        while (origin.RequestCount == 0) await Task.Yield();

        using var refused = await client.GetAsync(Url);
        release.SetResult();
        using var served = await first;

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (refused.StatusCode, served.StatusCode));
        Assert.Contains("error=connection_limit_reached", refused.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        await proxy.WaitForFlowAsync(1);
        Assert.Equal("connection_limit_reached", proxy.Flows.Single(flow => flow.Error is not null).Error!.Type);
        using var after = await client.GetAsync(Url);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task MoreConnectionsThanAllowed_WaitInLine()
    {
        var release = new SemaphoreSlim(0);
        await using var origin = await TestOrigin.StartAsync(ClusterFixture.Origin, _ => release.WaitAsync());
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(origin), upstream => upstream with { Limits = new() { MaxConnections = 1, MaxPending = 1 } });
        var client = proxy.CreateClient();
        Task<HttpResponseMessage>[] three = [client.GetAsync(Url), client.GetAsync(Url), client.GetAsync(Url)];

        using var refused = await await Task.WhenAny(three);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        while (origin.RequestCount == 0) await Task.Yield();
        release.Release(2);

        var codes = (await Task.WhenAll(three)).Select(response => (int)response.StatusCode);
        Assert.Equal([200, 200, 503], codes.Order());
    }

    [Fact]
    public async Task Tunnel_GoesToAnEndpointThatAccepts()
    {
        await using var origin = await ClusterFixture.NamedAsync("tunnelled");
        await using var proxy = await ClusterFixture.StartAsync(
            new ProxyOptions { Tunnel = true }, [ClusterFixture.Nobody(), origin.HttpEndPoint.ToString()], upstream => upstream with { Limits = new() { MaxRequests = 1 } });

        for (var i = 0; i < 2; i++)
        {
            // One after the other: what a tunnel holds of the limits it gives back.
            await using var tunnel = await TunnelAsync(proxy);
            await tunnel.SendAsync($"GET / HTTP/1.1\r\nHost: {ClusterFixture.Host}\r\nConnection: close\r\n\r\n");
            Assert.EndsWith("tunnelled", (await tunnel.ReadToEndAsync()).TrimEnd("\r\n0".ToCharArray()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ConnectionSentElsewhereByAnAddon_GoesThere()
    {
        await using var endpoint = await ClusterFixture.NamedAsync("endpoint");
        await using var other = await ClusterFixture.NamedAsync("other");
        await using var proxy = await ClusterFixture.StartAsync(ClusterFixture.Http(endpoint), null, new DivertingAddon(other.HttpEndPoint));

        Assert.Equal("other", await proxy.CreateClient().GetStringAsync(Url));
    }

    /// <summary>Opens a tunnel as soon as the limits allow it: the end of the one before is noticed after its client is gone.</summary>
    private static async Task<RawConnection> TunnelAsync(TestProxy proxy)
    {
        var end = Environment.TickCount64 + 30_000;
        while (true)
        {
            try
            {
                return await proxy.TunnelAsync($"{ClusterFixture.Host}:80");
            }
            catch (InvalidOperationException refusal) when (refusal.Message.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal) && Environment.TickCount64 < end)
            {
                await Task.Delay(5);
            }
        }
    }

    private sealed class DivertingAddon(IPEndPoint to) : Addon
    {
        public override ValueTask OnUpstreamConnectingAsync(UpstreamConnect connect)
        {
            connect.ConnectTo(to.Address.ToString(), to.Port);
            return default;
        }
    }
}
