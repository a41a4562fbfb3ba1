using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire.Hostile;

/// <summary>
/// Answers that are no answers: the client is told 502, or cut where the head was on its way, and nobody gets what followed: neither the same
/// client at its next request nor another.
/// </summary>
public sealed class HostileResponseTests(WireProxies proxies) : IClassFixture<WireProxies>
{
    private static readonly Dictionary<string, HostileResponse> Inputs = new (string Group, IEnumerable<HostileResponse> Inputs)[]
    {
        ("status lines", HostileResponses.StatusLines),
        ("heads", HostileResponses.Heads),
        ("framing", HostileResponses.Framing),
        ("chunk sizes", HostileChunks.Sizes.Select(HostileResponse.Of)),
        ("chunk lines", HostileChunks.Lines.Select(HostileResponse.Of)),
        ("trailers", HostileChunks.Trailers.Select(HostileResponse.Of)),
        ("too much", HostileResponses.TooMuch),
    }.SelectMany(group => group.Inputs.Select(input => (Name: $"{group.Group}: {input.Name}", Input: input))).ToDictionary(pair => pair.Name, pair => pair.Input);

    public static TheoryData<string, bool> All
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var name in Inputs.Keys)
            {
                data.Add(name, false);
                data.Add(name, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Answer_RefusedOrMadeUnambiguous(string name, bool watched)
    {
        var proxy = proxies.Of(watched);
        var input = Inputs[name];
        var isFirst = true;
        await using var origin = RawOrigin.Start(async connection =>
        {
            while (await connection.HasMoreAsync())
            {
                await connection.ReadHeadAsync();
                var isHostile = isFirst;
                isFirst = false;
                await connection.SendAsync(isHostile ? input.Bytes : WireCase.Ok);
                if (isHostile && input.OriginCloses) return;
            }
        });

        await using var client = await proxy.ConnectAsync();
        await client.SendAsync(Request(input.Method, origin));
        var isCut = await AssertAnsweredAsync(client, input);
        if (!isCut)
        {
            await client.SendAsync(Request("GET", origin));
            Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        }

        await using var other = await proxy.ConnectAsync();
        await other.SendAsync(Request("GET", origin));
        Assert.Equal(WireCase.Ok, await other.ReadMessageAsync());
    }

    /// <returns>Whether the client was cut.</returns>
    private static async Task<bool> AssertAnsweredAsync(RawConnection client, HostileResponse input)
    {
        if (input.Passes is { } expected)
        {
            Assert.Equal(expected, await client.ReadExactlyAsync(expected.Length));
            return false;
        }

        try
        {
            var answer = await client.ReadHeadAsync();
            while (answer.StartsWith("HTTP/1.1 103 ", StringComparison.Ordinal)) answer = await client.ReadHeadAsync();
            if (answer.StartsWith("HTTP/1.1 502 Bad Gateway\r\n", StringComparison.Ordinal))
            {
                if (input.Method != "HEAD") await client.ReadUntilAsync("\n");
                return false;
            }

            // The head had gone out before what is wrong arrived.
            Assert.StartsWith(answer, input.Bytes, StringComparison.Ordinal);
            Assert.True(await client.IsResetAsync(), $"The client saw a proper end after \"{client.ReceivedText}\".");
        }
        catch (IOException exception) when (exception is not EndOfStreamException)
        {
            // Cut before it could read the head.
        }

        Assert.DoesNotContain("poison", client.ReceivedText, StringComparison.Ordinal);
        return true;
    }

    private static string Request(string method, RawOrigin origin) => $"{method} http://{origin.EndPoint}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n";
}
