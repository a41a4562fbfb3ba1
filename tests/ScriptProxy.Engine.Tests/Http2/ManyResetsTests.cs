using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

/// <summary>Clients that reset streams whose bodies go both ways, many at once: resets of client and origin meet at every stage.</summary>
public sealed class ManyResetsTests
{
    private const int Calls = 600;

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task EveryFlow_EndsAndIsRecorded(HttpProtocols protocols)
    {
        await using var origin = await TestOrigin.StartAsync(new TestOriginOptions { Protocols = protocols }, async context =>
        {
            var cancelled = new TaskCompletionSource();
            await using var registration = context.RequestAborted.Register(() => cancelled.TrySetResult());
            await context.Response.StartAsync();
            await context.Response.Body.WriteAsync(new byte[10]);
            await context.Response.Body.FlushAsync();
            await cancelled.Task;
        });
        await using var proxy = await TestProxy.StartAsync(origin);
        using var client = proxy.CreateClient();

        await Parallel.ForEachAsync(Enumerable.Range(0, Calls), new ParallelOptions { MaxDegreeOfParallelism = 40 }, async (_, cancellation) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "https://origin.test/")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new EndlessContent(),
            };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            await stream.ReadExactlyAsync(new byte[5], cancellation);
        });

        await proxy.WaitForFlowAsync(Calls - 1);
    }

    /// <summary>Begins, and goes on until it is cancelled.</summary>
    private sealed class EndlessContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[100], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
