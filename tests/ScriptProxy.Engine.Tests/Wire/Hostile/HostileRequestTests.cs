using System.Text.RegularExpressions;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Wire.Hostile;

/// <summary>
/// Requests that are no requests: each is answered once and ends the connection, the origin sees nothing of what follows it, and the next client
/// is served.
/// </summary>
public sealed partial class HostileRequestTests(WireProxies proxies) : IClassFixture<WireProxies>
{
    private const string Next = "GET http://ORIGIN/next HTTP/1.1\r\nHost: ORIGIN\r\n\r\n";
    private const int SmallBytes = 1_000;

    private static readonly Dictionary<string, HostileRequest> Inputs = new (string Group, IEnumerable<HostileRequest> Inputs)[]
    {
        ("lengths", HostileFraming.Lengths),
        ("codings", HostileFraming.Codings),
        ("chunk sizes", HostileChunks.Sizes.Select(HostileRequest.Of)),
        ("chunk lines", HostileChunks.Lines.Select(HostileRequest.Of)),
        ("trailers", HostileChunks.Trailers.Select(HostileRequest.Of)),
        ("request lines", HostileHeads.Lines),
        ("targets", HostileHeads.Targets),
        ("CONNECT", HostileHeads.Connects),
        ("fields", HostileHeads.FieldLines),
    }.SelectMany(group => group.Inputs.Select(input => (Name: $"{group.Group}: {input.Name}", Input: input))).ToDictionary(pair => pair.Name, pair => pair.Input);

    public static TheoryData<string> All => [.. Inputs.Keys];

    public static TheoryData<string> Small => [.. Inputs.Where(pair => pair.Value.Bytes.Length < SmallBytes).Select(pair => pair.Key)];

    public static TheoryData<string> Representative =>
    [
        "lengths: length and chunked",
        "lengths: lengths that differ",
        "lengths: length with plus",
        "codings: xchunked",
        "codings: chunked twice",
        "codings: chunked hidden by a bare CR",
        "codings: a folded chunked",
        "chunk sizes: size with 0x",
        "chunk sizes: size of 64 bits and a little",
        "chunk lines: size ends with LF",
        "chunk lines: LF in an extension",
        "chunk lines: data longer than its size",
        "chunk lines: data ends with CR",
        "trailers: a coding among the trailers",
        "request lines: a bare CR in the target",
        "targets: user information",
        "CONNECT: CONNECT with a length",
        "fields: NUL in a value",
        "fields: CR CR ends the head",
    ];

    [Fact]
    public void Corpus_HasNoDuplicates() => Assert.Equal(Inputs.Count, Inputs.Values.Select(input => input.Bytes).Distinct().Count());

    [Theory]
    [MemberData(nameof(All))]
    public async Task WholeInput_RefusedOnceAndNextClientServed(string name)
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await SendAsync(Inputs[name], origin, input => [input]);
        await AssertServesNextAsync(Inputs[name], origin);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public async Task OneByteAtATime_RefusedAllTheSame(string name)
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        await SendAsync(Inputs[name], origin, input => input.Select(character => character.ToString()));
        await AssertServesNextAsync(Inputs[name], origin);
    }

    [Theory]
    [MemberData(nameof(Representative))]
    public async Task SplitAnywhere_RefusedAllTheSame(string name)
    {
        await using var origin = RawOrigin.StartAnswering(WireCase.Ok);
        var input = Inputs[name];
        for (var i = 1; i < input.Bytes.Length; i++)
        {
            var split = i;
            await SendAsync(input, origin, text => split < text.Length ? [text[..split], text[split..]] : [text]);
        }

        await AssertServesNextAsync(input, origin);
    }

    private async Task SendAsync(HostileRequest input, RawOrigin origin, Func<string, IEnumerable<string>> split)
    {
        await using var client = await proxies.Bare.ConnectAsync();
        var reading = client.ReadToEndAsync();
        foreach (var part in split(At(input.Bytes, origin)))
        {
            // Once the answer is there the rest is of no interest to anyone.
            if (reading.IsCompleted) break;
            try
            {
                await client.SendAsync(part);
            }
            catch (IOException)
            {
                break;
            }
        }

        var answer = await reading;
        Assert.StartsWith($"HTTP/1.1 {input.Status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Single(StatusLine().Matches(answer));
        if (input.Problem is not null) Assert.EndsWith($"\r\n\r\nThe request has {input.Problem}.\n", answer, StringComparison.Ordinal);
    }

    private async Task AssertServesNextAsync(HostileRequest input, RawOrigin origin)
    {
        await using var client = await proxies.Bare.ConnectAsync();
        await client.SendAsync(At(Next, origin));
        Assert.Equal(WireCase.Ok, await client.ReadMessageAsync());

        var next = At("GET /next HTTP/1.1\r\nHost: ORIGIN\r\n\r\n", origin);
        var received = origin.Connections.Select(connection => connection.ReceivedText).ToList();
        Assert.Single(received, next);
        foreach (var begun in received.Where(text => text != next && text.Length > 0))
        {
            Assert.True(input.MayBegin, $"The origin received \"{begun}\".");
            Assert.StartsWith(At("POST / HTTP/1.1\r\nHost: ORIGIN\r\n", origin), begun, StringComparison.Ordinal);
            Assert.Single(RequestLine().Matches(begun));
            Assert.DoesNotContain("smuggled", begun, StringComparison.Ordinal);
        }
    }

    private static string At(string text, RawOrigin origin) => text.Replace("ORIGIN", origin.EndPoint.ToString(), StringComparison.Ordinal);

    [GeneratedRegex(@"HTTP/1\.[01] \d{3} ")]
    private static partial Regex StatusLine();

    [GeneratedRegex(@" HTTP/1\.\d\r\n")]
    private static partial Regex RequestLine();
}
