using System.Net;

namespace ScriptProxy.Engine.Tests.Recording;

/// <summary>A flow without a connection: what a record is made from, set freely.</summary>
internal sealed class SampleFlow : HttpFlow
{
    public override string Id => "f1";

    public override ClientConnection Client { get; } =
        new("c1", new IPEndPoint(IPAddress.Parse("192.0.2.7"), 50123), new IPEndPoint(IPAddress.Loopback, 8080), DateTimeOffset.UnixEpoch);

    public override ServerConnection? Server => null;

    public override SampleRequest Request { get; } = new();

    public override HttpResponse? Response => SampleResponse;

    public SampleResponse? SampleResponse { get; set; } = new();

    public override FlowError? Error => SampleError;

    public FlowError? SampleError { get; set; }

    public override FlowTimings Timings { get; } =
        new(new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero)) { Total = TimeSpan.FromMilliseconds(12), RequestBytes = 3, ResponseBytes = 1536 };

    public override IDictionary<string, object?> Metadata { get; } = new Dictionary<string, object?>();

    public override ISet<string> Tags { get; } = new HashSet<string>();

    public override CancellationToken Aborted => default;

    public override void Respond(int statusCode, ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>>? headers = null) =>
        throw new NotSupportedException();

    public override void Abort() => throw new NotSupportedException();
}
