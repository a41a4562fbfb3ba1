using System.IO.Pipelines;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Http2;

namespace ScriptProxy.Engine.Tests.Http2;

public sealed class Http2BodyReaderTests
{
    [Fact]
    public void CancelledAfterTheClientResetTheStream_LeavesThatToTheRead()
    {
        var reader = new Http2BodyReader(new ResetReader(), Framing.Chunked, trailers: null);

        reader.Cancel();
    }

    /// <summary>What Kestrel's reader does once the client has reset the stream.</summary>
    private sealed class ResetReader : PipeReader
    {
        public override void CancelPendingRead() => throw Reset();

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => throw Reset();

        public override bool TryRead(out ReadResult result) => throw Reset();

        public override void AdvanceTo(SequencePosition consumed) => throw Reset();

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => throw Reset();

        public override void Complete(Exception? exception = null)
        {
        }

        private static IOException Reset() => new("The client reset the request stream.");
    }
}
