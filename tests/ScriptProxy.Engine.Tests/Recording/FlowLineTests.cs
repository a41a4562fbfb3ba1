using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class FlowLineTests
{
    private static readonly FlowRecord Sample = new()
    {
        Id = "f1",
        Started = new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Duration = TimeSpan.FromMilliseconds(12.4),
        Client = "192.0.2.7:50123",
        Method = "GET",
        Url = "https://origin.test/a?b=c",
        Protocol = "HTTP/1.1",
        StatusCode = 200,
        ResponseBytes = 1536,
    };

    [Fact]
    public void AnsweredFlow_IsOnePlainLine() =>
        Assert.Equal("03:04:05 192.0.2.7:50123 GET https://origin.test/a?b=c 200 1.5 KiB 12 ms\n", Write(Sample));

    [Fact]
    public void Times_AreThoseOfTheZone()
    {
        var line = new FlowLine(colours: false, TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(2), null, null));
        var text = new StringBuilder();

        foreach (var milliseconds in new[] { 0, 999, 1000, -1 }) line.Append(text, Sample with { Started = Sample.Started.AddMilliseconds(milliseconds) });

        Assert.Equal(["05:04:05", "05:04:05", "05:04:06", "05:04:04"], text.ToString().TrimEnd().Split('\n').Select(row => row[..8]));
    }

    [Fact]
    public void FailedFlow_SaysWhy() => Assert.Equal(
        "03:04:05 192.0.2.7:50123 GET https://origin.test/a?b=c 502 0 B 12 ms dns_error: no such host\n",
        Write(Sample with { StatusCode = 502, ResponseBytes = 0, Error = new FlowError("dns_error", 502, "no such host") }));

    [Fact]
    public void FlowWithoutStatus_HasADash() => Assert.Contains(" - 1.5 KiB ", Write(Sample with { StatusCode = null }), StringComparison.Ordinal);

    [Fact]
    public void Tags_StandInBrackets() =>
        Assert.EndsWith(" 12 ms [cached] [blocked]\n", Write(Sample with { Tags = ["cached", "blocked"] }), StringComparison.Ordinal);

    [Theory]
    [InlineData("origin.test", TunnelOutcome.Ended, " 12 ms [tunnel] alpn=h2,http/1.1 ja4=t00i0000h2_000000000000_000000000000\n")]
    [InlineData("front.test", TunnelOutcome.ClientBroke, " 12 ms [tunnel] sni=front.test alpn=h2,http/1.1 ja4=t00d0001h2_000000000000_000000000000 end=client-broke\n")]
    [InlineData("origin", TunnelOutcome.Idle, " 12 ms [tunnel] sni=origin alpn=h2,http/1.1 ja4=t00d0001h2_000000000000_000000000000 end=idle\n")]
    public void Tunnel_SaysWhatIsKnownOfIt(string serverName, TunnelOutcome outcome, string end)
    {
        var extensions = serverName == "origin.test" ? Array.Empty<int>() : [TlsFingerprint.ServerNameExtension];
        var client = new ClientConnection("c", new System.Net.IPEndPoint(0, 0), new System.Net.IPEndPoint(0, 0), Sample.Started);
        var hello = new TlsClientHello(client, "origin.test", 443)
        {
            ServerName = serverName,
            ApplicationProtocols = ["h2", "http/1.1"],
            Fingerprint = new TlsFingerprint { Extensions = extensions, FirstApplicationProtocol = "h2"u8.ToArray() },
        };

        Assert.EndsWith(end, Write(Sample with { Method = "CONNECT", Url = "origin.test:443", Tags = ["tunnel"], Tunnel = new TunnelRecord(outcome, hello) }), StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_StandBelow() => Assert.EndsWith(
        " 12 ms\n  > Accept: */*\n  < Server: x\n  < Vary: y\n",
        Write(Sample with { RequestHeaders = [new("Accept", "*/*")], ResponseHeaders = [new("Server", "x"), new("Vary", "y")] }),
        StringComparison.Ordinal);

    [Fact]
    public void HostileRecord_IsOneLineWithoutControls()
    {
        const string evil = "\r\n12:00:00 forged\u001b[2J\u009b31m\u202e\u2028";

        var text = Write(new FlowRecord
        {
            Id = evil,
            Started = Sample.Started,
            Duration = Sample.Duration,
            Client = evil,
            Method = evil,
            Url = evil,
            Protocol = evil,
            Error = new FlowError(evil, 0, evil),
            Tags = [evil],
            RequestHeaders = [new(evil, evil)],
            ResponseHeaders = [new(evil, evil)],
        });

        Assert.Equal(3, text.Count(c => c == '\n'));
        Assert.DoesNotContain(text.Replace('\n', ' '), c => char.IsControl(c) || c is '\u202e' or '\u2028');
    }

    [Fact]
    public void Colours_SurroundTheSameWords()
    {
        var text = new StringBuilder();
        new FlowLine(colours: true, TimeZoneInfo.Utc).Append(text, Sample);

        Assert.Contains("\u001b[32m200\u001b[0m", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(Write(Sample), System.Text.RegularExpressions.Regex.Replace(text.ToString(), "\u001b\\[[0-9]+m", ""));
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 KiB")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(10 * 1024, "10 KiB")]
    [InlineData(1023 * 1024, "1.0 MiB")]
    [InlineData(64L << 20, "64 MiB")]
    [InlineData(3L << 30, "3.0 GiB")]
    [InlineData(long.MaxValue, "8192 PiB")]
    public void Size_IsShort(long bytes, string expected)
    {
        var text = new StringBuilder();
        FlowLine.AppendSize(text, bytes);
        Assert.Equal(expected, text.ToString());
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.4, "0 ms")]
    [InlineData(999.4, "999 ms")]
    [InlineData(999.6, "1.0 s")]
    [InlineData(59_940, "59.9 s")]
    [InlineData(59_960, "1 min 0 s")]
    [InlineData(125_000, "2 min 5 s")]
    [InlineData(3_600_000, "60 min 0 s")]
    public void Duration_IsShort(double milliseconds, string expected)
    {
        var text = new StringBuilder();
        FlowLine.AppendDuration(text, TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(expected, text.ToString());
    }

    private static string Write(FlowRecord record)
    {
        var text = new StringBuilder();
        new FlowLine(colours: false, TimeZoneInfo.Utc).Append(text, record);
        return text.ToString();
    }
}
