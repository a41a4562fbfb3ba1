using System.Text;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Http2;

public sealed class ClientPipeWriterTests
{
    [Fact]
    public async Task FlushedDuringAWrite_GoesOutInOne()
    {
        await using var client = new Client();
        using var writer = new ClientPipeWriter(client);

        await WriteAsync(writer, "first");
        await client.Begun.WaitAsync(TestDeadline.Limit);
        await WriteAsync(writer, "second,");
        await WriteAsync(writer, "third");
        client.Go();
        await writer.CompleteAsync();
        await writer.Sent.WaitAsync(TestDeadline.Limit);

        Assert.Equal(["first", "second,third"], client.Written);
    }

    [Fact]
    public async Task FramesInBetween_WaitForTheWriteThatIsUnderWay()
    {
        await using var client = new Client();
        using var writer = new ClientPipeWriter(client);
        await WriteAsync(writer, "first");
        await client.Begun.WaitAsync(TestDeadline.Limit);

        var between = writer.SendBetweenAsync("between"u8.ToArray()).AsTask();
        client.Go();
        await between.WaitAsync(TestDeadline.Limit);

        Assert.Equal(["first", "between"], client.Written);
    }

    [Fact]
    public async Task ClientThatTakesNothing_HoldsTheFlushBack()
    {
        await using var client = new Client();
        using var writer = new ClientPipeWriter(client);

        var flush = WriteAsync(writer, new string('x', 100_000));
        await client.Begun.WaitAsync(TestDeadline.Limit);

        Assert.False(flush.IsCompleted);
        client.Go();
        await flush.WaitAsync(TestDeadline.Limit);
    }

    [Fact]
    public async Task ClientThatLeft_EndsTheNextFlush()
    {
        await using var client = new Client { HasLeft = true };
        using var writer = new ClientPipeWriter(client);
        client.Go();

        await WriteAsync(writer, "lost");
        await writer.Sent.WaitAsync(TestDeadline.Limit);

        Assert.True((await writer.FlushAsync()).IsCompleted);
    }

    private static async Task WriteAsync(ClientPipeWriter writer, string text)
    {
        Encoding.ASCII.GetBytes(text, writer.GetSpan(text.Length));
        writer.Advance(text.Length);
        await writer.FlushAsync();
    }

    /// <summary>A connection on which nothing goes out before <see cref="Go"/>.</summary>
    private sealed class Client : MemoryStream
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HasLeft { get; init; }

        public List<string> Written { get; } = [];

        public Task Begun => _begun.Task;

        public void Go() => _gate.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _begun.TrySetResult();
            await _gate.Task;
            if (HasLeft) throw new IOException("gone");
            Written.Add(Encoding.ASCII.GetString(buffer.Span));
        }
    }
}
