using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Tests.Recording;

public class ConsoleSinkTests
{
    private static readonly FlowLine Line = new(colours: false, TimeZoneInfo.Utc);

    [Fact]
    public async Task Records_ArePrintedInOrderBeforeDisposeReturns()
    {
        var output = new StringWriter();
        await using (var sink = new ConsoleSink(output, Line, withHeaders: false))
        {
            for (var i = 0; i < 1000; i++) sink.Record(Sample(i));
        }

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1000, lines.Length);
        for (var i = 0; i < lines.Length; i++) Assert.Contains($"/{i} ", lines[i], StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposedTwice_DoesNothingMore()
    {
        var output = new StringWriter();
        var sink = new ConsoleSink(output, Line, withHeaders: false);
        sink.Record(Sample(1));

        await sink.DisposeAsync();
        await sink.DisposeAsync();
        sink.Record(Sample(2));

        Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Records_ArePrintedWithoutDispose()
    {
        var output = new BlockableWriter();
        await using var sink = new ConsoleSink(output, Line, withHeaders: false);

        sink.Record(Sample(7));

        await Deadline.Until(() => output.Text.Contains("/7 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OutputThatBlocks_DropsRecordsAndSaysHowMany()
    {
        var output = new BlockableWriter();
        output.Block();
        await using (var sink = new ConsoleSink(output, Line, withHeaders: false))
        {
            for (var i = 0; i < 20_000; i++) sink.Record(Sample(i));
            output.Release();
        }

        var lines = output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var shown = lines.Count(line => line.Contains(" GET ", StringComparison.Ordinal));
        var dropped = lines.Where(line => line.StartsWith('…')).Sum(line => int.Parse(line.Split(' ')[1]));
        Assert.InRange(shown, 1, 19_999);
        Assert.Equal(20_000, shown + dropped);
    }

    [Fact]
    public async Task OutputThatFails_CountsItsFlowsAsNotShown()
    {
        var output = new BlockableWriter { Failure = new IOException("No space left on device") };
        await using (var sink = new ConsoleSink(output, Line, withHeaders: false))
        {
            sink.Record(Sample(1));
            await Deadline.Until(() => output.Failures > 0);
            output.Failure = null;
            sink.Record(Sample(2));
        }

        Assert.Contains("/2 ", output.Text, StringComparison.Ordinal);
        Assert.Contains("… 1 flows not shown", output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OutputThatNeverReturns_DoesNotHoldUpDispose()
    {
        var output = new BlockableWriter();
        output.Block();
        var sink = new ConsoleSink(output, Line, withHeaders: false);
        sink.Record(Sample(1));

        await sink.DisposeAsync();

        Assert.Equal("", output.Text);
        output.Release();
    }

    [Fact]
    public async Task SecretsOfAFlow_AppearNowhere()
    {
        const string secret = "hunter2";
        var flow = new SampleFlow { SampleError = new FlowError("connection_refused", 502, $"https://u:{secret}@origin.test refused") };
        flow.Request.Url = $"https://u:{secret}@origin.test/?token={secret}&next=https%3A%2F%2Fx%2F%3Fkey%3D{secret}#access_token={secret}";
        flow.Request.Headers.Add("Authorization", $"Bearer {secret}");
        flow.Request.Headers.Add("Cookie", $"a={secret}; b={secret}");
        flow.Request.Headers.Add("Referer", $"https://origin.test/?password={secret}");
        flow.Request.Headers.Add("X-Mine", secret);
        flow.Request.Headers.Redact("X-Mine");
        flow.SampleResponse!.Headers.Add("Set-Cookie", $"sid={secret}; Secure");
        flow.SampleResponse.Headers.Add("Location", $"/cb?code={secret}");
        flow.SampleResponse.Headers.Add("X-Mine", secret);
        var output = new StringWriter();

        await using (var sink = new ConsoleSink(output, Line, withHeaders: true))
        {
            sink.Record(new Redaction(showSecrets: false).ToRecord(flow, sink.WantsHeaders));
        }

        Assert.Contains("X-Mine: ***", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, output.ToString(), StringComparison.Ordinal);
    }

    private static FlowRecord Sample(int number) => new()
    {
        Id = "f",
        Started = DateTimeOffset.UnixEpoch,
        Duration = TimeSpan.Zero,
        Client = "192.0.2.7:1",
        Method = "GET",
        Url = $"https://origin.test/{number}",
        Protocol = "HTTP/1.1",
        StatusCode = 200,
    };

    private sealed class BlockableWriter : TextWriter
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);
        private readonly StringBuilder _text = new();
        private volatile IOException? _failure;
        private volatile int _failures;

        public override Encoding Encoding => Encoding.UTF8;

        public IOException? Failure
        {
            get => _failure;
            set => _failure = value;
        }

        public int Failures => _failures;

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public void Block() => _open.Reset();

        public void Release() => _open.Set();

        public override void Write(StringBuilder? value)
        {
            _open.Wait();
            if (_failure is { } failure)
            {
                Interlocked.Increment(ref _failures);
                throw failure;
            }

            lock (_text) _text.Append(value);
        }
    }
}
