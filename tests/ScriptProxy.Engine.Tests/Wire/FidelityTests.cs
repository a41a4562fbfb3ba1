using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>
/// What no addon touches passes as it came, to the byte, both ways; what cannot, passes as docs/fidelity.md says. Each case in the clear and in
/// an intercepted tunnel, without addons and with one that only watches.
/// </summary>
public sealed class FidelityTests(WireProxies proxies) : IClassFixture<WireProxies>
{
    private static readonly Dictionary<string, WireCase> Cases = new[]
    {
        ("request head: ", RequestCases.Heads),
        ("request line: ", RequestCases.Lines),
        ("request body: ", RequestCases.Bodies),
        ("response head: ", ResponseCases.Heads),
        ("response body: ", ResponseCases.Bodies),
        ("request changed: ", ChangedCases.Requests),
        ("target changed: ", ChangedCases.Targets),
        ("response changed: ", ChangedCases.Responses),
        ("request refused: ", ChangedCases.RefusedRequests),
        ("response refused: ", ChangedCases.RefusedResponses),
    }.SelectMany(group => group.Item2.Select(wire => (Name: group.Item1 + wire.Name, Case: wire))).ToDictionary(pair => pair.Name, pair => pair.Case);

    public static TheoryData<string, bool> Plain => Named(wire => wire.Request.Length > 0);

    public static TheoryData<string, bool> Tunnelled => Named(wire => wire.TunnelledRequest is not null);

    [Theory]
    [MemberData(nameof(Plain))]
    public Task AbsoluteForm_PassesByteForByte(string name, bool watched) => WireExchange.RunAsync(proxies.Of(watched), Cases[name], tls: false);

    [Theory]
    [MemberData(nameof(Tunnelled))]
    public Task InsideTls_PassesByteForByte(string name, bool watched) => WireExchange.RunAsync(proxies.Of(watched), Cases[name], tls: true);

    [Fact]
    public async Task PlainHttpInsideConnect_PassesByteForByte()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var client = await proxies.Bare.TunnelAsync(origin.EndPoint.ToString());
        await client.SendAsync("GET /in%2F HTTP/1.1\r\nhOst: h\r\nx-a: 1\r\n\r\n");

        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal("GET /in%2F HTTP/1.1\r\nhOst: h\r\nx-a: 1\r\n\r\n", (await origin.ConnectionAsync()).ReceivedText);
    }

    [Fact]
    public async Task ConnectAndRequestInOnePacket_BothServed()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var client = await proxies.Bare.ConnectAsync();
        await client.SendAsync($"CONNECT {origin.EndPoint} HTTP/1.1\r\nHost: x\r\n\r\nGET /in HTTP/1.1\r\nHost: h\r\n\r\n");

        Assert.Equal("HTTP/1.1 200 Connection Established\r\n\r\n", await client.ReadHeadAsync());
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
        Assert.Equal("GET /in HTTP/1.1\r\nHost: h\r\n\r\n", (await origin.ConnectionAsync()).ReceivedText);
    }

    [Fact]
    public async Task ConnectAfterRequest_OpensTunnel()
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await using var client = await proxies.Bare.ConnectAsync();
        await client.SendAsync($"GET http://{origin.EndPoint}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());

        await client.SendAsync($"CONNECT {origin.EndPoint} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 Connection Established\r\n\r\n", await client.ReadHeadAsync());
        await client.SendAsync("GET /in HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());
    }

    private static TheoryData<string, bool> Named(Func<WireCase, bool> wanted)
    {
        var data = new TheoryData<string, bool>();
        foreach (var (name, wire) in Cases)
        {
            if (!wanted(wire)) continue;
            data.Add(name, false);
            data.Add(name, true);
        }

        return data;
    }
}
