using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>One request and its answer through a proxy of its own: all that came at either end.</summary>
/// <param name="OriginReceived">To the byte; empty when the origin was not asked.</param>
/// <param name="ClientReceived">To the byte, up to the end of the connection.</param>
internal sealed record OneExchange(string OriginReceived, string ClientReceived)
{
    /// <param name="addon">What the proxy runs.</param>
    /// <param name="request">For http://origin.test/.</param>
    /// <param name="response">What the origin answers.</param>
    /// <param name="originCloses">Whether that ends with the connection.</param>
    public static async Task<OneExchange> RunAsync(Addon addon, string request, string response, bool originCloses = false)
    {
        await using var origin = RawOrigin.Start(async connection =>
        {
            while (await connection.HasMoreAsync())
            {
                await connection.ReadMessageAsync();
                await connection.SendAsync(response);
                if (originCloses) return;
            }
        });
        await using var proxy = await TestProxy.StartAsync(origin, addon);
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(request);
        var head = await client.ReadHeadAsync();
        await client.EndSendingAsync();
        var received = head + await client.ReadToEndAsync();
        return new OneExchange(string.Concat(origin.Connections.Select(connection => connection.ReceivedText)), received);
    }
}
