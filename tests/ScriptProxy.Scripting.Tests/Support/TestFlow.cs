using System.Net;

namespace ScriptProxy.Scripting.Tests.Support;

/// <summary>A flow without a wire: what hooks need to leave marks on it.</summary>
internal sealed class TestFlow : HttpFlow
{
    public override string Id => "1";

    public override ClientConnection Client { get; } =
        new("1", new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2), DateTimeOffset.UnixEpoch);

    public override ServerConnection? Server => null;

    public override HttpRequest Request => throw new NotSupportedException();

    public override HttpResponse? Response => null;

    public override FlowError? Error => null;

    public override FlowTimings Timings { get; } = new(DateTimeOffset.UnixEpoch);

    public override IDictionary<string, object?> Metadata { get; } = new Dictionary<string, object?>();

    public override ISet<string> Tags { get; } = new SortedSet<string>();

    public override CancellationToken Aborted => default;

    public override void Respond(int statusCode, ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>>? headers = null) =>
        Tags.Add($"{statusCode}");

    public override void Abort() => Tags.Add("aborted");
}
