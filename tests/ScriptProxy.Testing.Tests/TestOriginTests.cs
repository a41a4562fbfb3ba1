using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ScriptProxy.Testing.Tests;

public sealed class TestOriginTests
{
    [Theory]
    [InlineData("1.1", "origin.test")]
    [InlineData("2.0", "origin.test")]
    [InlineData("2.0", "localhost")]
    [InlineData("1.1", "127.0.0.1")]
    public async Task Https_AnswersInBothProtocolsUnderItsNames(string version, string host)
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Host.Host}"));
        using var client = NewClient(origin, Version.Parse(version));

        Assert.Equal($"HTTP/{(version == "2.0" ? "2" : version)} {host}", await client.GetStringAsync($"https://{host}/"));
        Assert.Equal(1, origin.RequestCount);
    }

    [Fact]
    public async Task Http_AnswersToo()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync(context.Request.Scheme));
        using var client = new HttpClient();

        Assert.Equal("http", await client.GetStringAsync($"http://{origin.HttpEndPoint}/"));
    }

    [Fact]
    public async Task ProtocolsGiven_AreTheOnlyOnesOffered()
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = HttpProtocols.Http1 }, _ => Task.CompletedTask);
        await using var client = await RawClient.ConnectAsync(origin.HttpsEndPoint);

        await client.StartTlsAsync("origin.test", origin.RootCertificatePath, "h2", "http/1.1");

        Assert.Equal("http/1.1", client.ApplicationProtocol);
    }

    [Fact]
    public async Task CertificateGiven_IsShown()
    {
        using var expired = TestAuthority.Shared.Issue(["origin.test"], DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-3));
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Certificate = expired }, _ => Task.CompletedTask);
        await using var client = await RawClient.ConnectAsync(origin.HttpsEndPoint);

        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => client.StartTlsAsync("origin.test", origin.RootCertificatePath));
    }

    [Fact]
    public async Task FailedHandler_IsThrownWhenDisposed()
    {
        var origin = await TestOrigin.StartAsync(_ => throw new InvalidOperationException("wrong request"));
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.InternalServerError, (await client.GetAsync($"http://{origin.HttpEndPoint}/")).StatusCode);

        var exception = await Assert.ThrowsAsync<AggregateException>(async () => await origin.DisposeAsync());
        Assert.Equal("wrong request", Assert.Single(exception.InnerExceptions).Message);
    }

    [Fact]
    public async Task ClientThatLeaves_IsNoFailure()
    {
        var aborted = new TaskCompletionSource();
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            finally
            {
                aborted.SetResult();
            }
        });
        await using var client = await RawClient.ConnectAsync(origin.HttpEndPoint);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.True(SpinWait.SpinUntil(() => origin.RequestCount == 1, TimeSpan.FromSeconds(30)));

        client.Reset();

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static HttpClient NewClient(TestOrigin origin, Version version)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(origin.RootCertificatePath);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(origin.HttpsEndPoint, cancellation);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }
}
