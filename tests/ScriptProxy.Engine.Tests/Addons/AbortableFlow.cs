namespace ScriptProxy.Engine.Tests.Addons;

/// <summary>A flow of which nothing matters but when it is aborted.</summary>
internal sealed class AbortableFlow(CancellationToken aborted) : HttpFlow
{
    public override string Id => throw new NotSupportedException();

    public override ClientConnection Client => throw new NotSupportedException();

    public override ServerConnection? Server => throw new NotSupportedException();

    public override HttpRequest Request => throw new NotSupportedException();

    public override HttpResponse? Response => throw new NotSupportedException();

    public override FlowError? Error => throw new NotSupportedException();

    public override FlowTimings Timings => throw new NotSupportedException();

    public override IDictionary<string, object?> Metadata => throw new NotSupportedException();

    public override ISet<string> Tags => throw new NotSupportedException();

    public override CancellationToken Aborted => aborted;

    public override void Respond(int statusCode, ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>>? headers = null) =>
        throw new NotSupportedException();

    public override void Abort() => throw new NotSupportedException();
}
