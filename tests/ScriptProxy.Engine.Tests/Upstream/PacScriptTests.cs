using ScriptProxy.Engine.Upstream.Pac;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>What PAC scripts can do, and what they cannot do to the proxy.</summary>
public sealed class PacScriptTests
{
    private readonly List<string> _said = [];

    [Theory]
    [InlineData("isPlainHostName('www')", true)]
    [InlineData("isPlainHostName('www.example')", false)]
    [InlineData("dnsDomainIs('www.Example.com', '.example.com')", true)]
    [InlineData("dnsDomainIs('www', '.example.com')", false)]
    [InlineData("localHostOrDomainIs('www.example.com', 'www.example.com')", true)]
    [InlineData("localHostOrDomainIs('www', 'www.example.com')", true)]
    [InlineData("localHostOrDomainIs('home.example.com', 'www.example.com')", false)]
    [InlineData("dnsDomainLevels('www') == 0", true)]
    [InlineData("dnsDomainLevels('www.example.com') == 2", true)]
    [InlineData("shExpMatch('http://a.example/b', '*/b')", true)]
    [InlineData("shExpMatch('a.example', 'a.examp?e')", true)]
    [InlineData("shExpMatch('a.example', 'b.*')", false)]
    [InlineData("isResolvable('127.0.0.1')", true)]
    [InlineData("isResolvable('no-such-host.invalid')", false)]
    [InlineData("dnsResolve('192.0.2.7') == '192.0.2.7'", true)]
    [InlineData("dnsResolve('no-such-host.invalid') === null", true)]
    [InlineData("isInNet('192.0.2.7', '192.0.2.0', '255.255.255.0')", true)]
    [InlineData("isInNet('192.0.3.7', '192.0.2.0', '255.255.255.0')", false)]
    [InlineData("isInNet('no-such-host.invalid', '0.0.0.0', '0.0.0.0')", false)]
    [InlineData("/^[0-9.]+$/.test(myIpAddress())", true)]
    [InlineData("weekdayRange('SUN', 'SAT')", true)]
    [InlineData("weekdayRange('XXX')", false)]
    [InlineData("timeRange(0, 23)", true)]
    [InlineData("timeRange(0, 0, 0, 23, 59, 59, 'GMT')", true)]
    [InlineData("dateRange(1, 31)", true)]
    [InlineData("dateRange('JAN', 'DEC', 'GMT')", true)]
    [InlineData("dateRange(1995)", false)]
    public async Task Function_DoesWhatBrowsersDo(string expression, bool expected)
    {
        using var script = await LoadAsync($"function FindProxyForURL(url, host) {{ return ({expression}) ? 'yes' : 'no'; }}");

        Assert.Equal(expected ? "yes" : "no", await script.FindProxyAsync("http://a.test/", "a.test"));
    }

    [Theory]
    [InlineData("weekday", "MON FRI", "2026-01-07", true)]
    [InlineData("weekday", "MON FRI", "2026-01-10", false)]
    [InlineData("weekday", "SAT MON", "2026-01-11", true)]
    [InlineData("weekday", "WED", "2026-01-07", true)]
    [InlineData("time", "9 17", "2026-01-07T17:59:59", true)]
    [InlineData("time", "9 17", "2026-01-07T18:00:00", false)]
    [InlineData("time", "22 6", "2026-01-07T03:00:00", true)]
    [InlineData("time", "9", "2026-01-07T09:30:00", true)]
    [InlineData("time", "9 30 10 15", "2026-01-07T10:15:30", true)]
    [InlineData("time", "9 30 10 15", "2026-01-07T10:16:00", false)]
    [InlineData("date", "7", "2026-01-07", true)]
    [InlineData("date", "8", "2026-01-07", false)]
    [InlineData("date", "JAN", "2026-01-07", true)]
    [InlineData("date", "2026", "2026-01-07", true)]
    [InlineData("date", "1 15", "2026-01-16", false)]
    [InlineData("date", "NOV FEB", "2026-01-16", true)]
    [InlineData("date", "24 DEC 6 JAN", "2026-01-05", true)]
    [InlineData("date", "24 DEC 6 JAN", "2026-01-07", false)]
    [InlineData("date", "1 JUN 1995 15 AUG 1995", "1995-07-01", true)]
    [InlineData("date", "OCT 1995 MAR 1996", "1996-04-01", false)]
    public void Range_IsThatOfItsArguments(string kind, string arguments, string now, bool expected)
    {
        var time = new Certificates.ManualTime { Now = DateTimeOffset.Parse(now + "Z", System.Globalization.CultureInfo.InvariantCulture) };
        var dates = new PacDates(time);
        IReadOnlyList<string> list = [.. arguments.Split(' '), "GMT"];

        Assert.Equal(expected, kind switch { "weekday" => dates.IsWeekday(list), "time" => dates.IsTime(list), _ => dates.IsDate(list) });
    }

    [Theory]
    [InlineData("function FindProxyForURL(", "line 1: ")]
    [InlineData("\n\nthrow new Error('at once');", "line 3: ")]
    [InlineData("var x = 1;", "it declares no function FindProxyForURL(url, host).")]
    public async Task ScriptThatCannotWork_IsExplained(string text, string expected)
    {
        var exception = await Assert.ThrowsAsync<PacException>(() => LoadAsync(text));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("return nothing.there;", "line 1: ")]
    [InlineData("return FindProxyForURL(url, host);", "")]
    public async Task AnswerThatFails_IsExplained_AndTheNextOneServed(string body, string expected)
    {
        using var script = await LoadAsync($"function FindProxyForURL(url, host) {{ if (host == 'good.test') return 'DIRECT'; {body} }}");

        var exception = await Assert.ThrowsAsync<PacException>(() => script.FindProxyAsync("http://a.test/", "a.test"));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
        Assert.Equal("DIRECT", await script.FindProxyAsync("http://good.test/", "good.test"));
    }

    [Fact]
    public async Task ScriptThatTakesTooLong_IsNotAskedUntilItReturns()
    {
        using var gate = new ManualResetEventSlim();
        using var script = await LoadAsync("function FindProxyForURL(url, host) { if (host == 'slow.test') alert('wait'); return 'DIRECT'; }", TimeSpan.FromSeconds(1), _ => gate.Wait());

        var exception = await Assert.ThrowsAsync<PacException>(() => script.FindProxyAsync("http://slow.test/", "slow.test"));
        Assert.Equal("the script did not return within 1 s. It is not asked again until it returns or changes.", exception.Message);
        await Assert.ThrowsAsync<PacException>(() => script.FindProxyAsync("http://a.test/", "a.test"));

        gate.Set();
        Assert.Equal("DIRECT", await UntilItWorksAsync(() => script.FindProxyAsync("http://a.test/", "a.test")));
    }

    [Fact]
    public async Task TextThatDoesNotReturn_IsLoadedOnce()
    {
        using var gate = new ManualResetEventSlim();
        var loads = 0;
        var interpreters = Interpreters(_ =>
        {
            Interlocked.Increment(ref loads);
            gate.Wait();
        });

        await Assert.ThrowsAsync<PacException>(() => interpreters.LoadAsync(Endless(0)));
        var again = await Assert.ThrowsAsync<PacException>(() => interpreters.LoadAsync(Endless(0)));

        Assert.True(again.DidNotReturn);
        Assert.Equal(1, loads);
        using var mended = await interpreters.LoadAsync("function FindProxyForURL() { return 'DIRECT'; }");
        Assert.Equal("DIRECT", await mended.FindProxyAsync("http://a.test/", "a.test"));
        gate.Set();
    }

    [Fact]
    public async Task VersionsThatDoNotReturn_AreBounded()
    {
        using var gate = new ManualResetEventSlim();
        var interpreters = Interpreters(_ => gate.Wait());
        for (var i = 0; i < PacInterpreters.MostThreads; i++) Assert.True((await Assert.ThrowsAsync<PacException>(() => interpreters.LoadAsync(Endless(i)))).DidNotReturn);

        const string Mended = "function FindProxyForURL() { return 'DIRECT'; }";
        var exception = await Assert.ThrowsAsync<PacException>(() => interpreters.LoadAsync(Mended));
        Assert.Equal("4 versions of the script have not returned, and cannot be ended. Mend the script, and restart the proxy.", exception.Message);

        // They did return, late.
        gate.Set();
        using var script = await UntilItWorksAsync(() => interpreters.LoadAsync(Mended));
        Assert.Equal("DIRECT", await script.FindProxyAsync("http://a.test/", "a.test"));
    }

    [Fact]
    public async Task Alert_IsPassedOn()
    {
        using var script = await LoadAsync("function FindProxyForURL(url, host) { alert('asked for ' + host); return 'DIRECT'; }");

        await script.FindProxyAsync("http://a.test/", "a.test");

        Assert.Equal(["asked for a.test"], _said);
    }

    [Fact]
    public async Task ManyQuestionsAtOnce_AreAnsweredOneByOne()
    {
        using var script = await LoadAsync("var count = 0; function FindProxyForURL(url, host) { count++; return host; }");

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => script.FindProxyAsync("http://a/", $"h{i}")));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"h{i}"), answers);
    }

    [Theory]
    [InlineData("DIRECT", "direct")]
    [InlineData("", "direct")]
    [InlineData("null", "direct")]
    [InlineData("PROXY a:8080; DIRECT", "http://a:8080 direct")]
    [InlineData("proxy a:8080;HTTPS b:443;SOCKS c:1;SOCKS5 d;HTTP e:1;", "http://a:8080 https://b:443 socks5h://c:1 socks5h://d:1080 http://e:1")]
    [InlineData("QUIC a:1; PROXY [2001:db8::1]:3128", "http://[2001:db8::1]:3128")]
    public void Answer_IsReadInOrder(string text, string expected) => Assert.Equal(expected, string.Join(' ', PacAnswer.Read(text).Select(url => url?.Shown ?? "direct")));

    [Theory]
    [InlineData("http://a:8080")]
    [InlineData("PROXY")]
    [InlineData("PROXY a:b:c")]
    public void AnswerThatIsNone_IsExplained(string text) =>
        Assert.StartsWith($"it returned \"{text}\". Expected DIRECT", Assert.Throws<PacException>(() => PacAnswer.Read(text)).Message, StringComparison.Ordinal);

    /// <summary>Repeats what fails as long as a thread has not returned.</summary>
    private static async Task<T> UntilItWorksAsync<T>(Func<Task<T>> actAsync)
    {
        var end = Environment.TickCount64 + (long)TestDeadline.Limit.TotalMilliseconds;
        while (true)
        {
            try
            {
                return await actAsync();
            }
            catch (PacException) when (Environment.TickCount64 < end)
            {
                await Task.Delay(10);
            }
        }
    }

    private Task<PacScript> LoadAsync(string text) => LoadAsync(text, TimeSpan.FromSeconds(30), _said.Add);

    private static Task<PacScript> LoadAsync(string text, TimeSpan timeout, Action<string> alert) => PacScript.LoadAsync("test.pac", text, timeout, TimeProvider.System, alert, () => { });

    private static PacInterpreters Interpreters(Action<string> alert) => new("test.pac", TimeSpan.FromSeconds(1), TimeProvider.System, alert);

    private static string Endless(int version) => $"alert('wait {version}'); function FindProxyForURL() {{ return 'DIRECT'; }}";
}
