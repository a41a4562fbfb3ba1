namespace ScriptProxy.Engine.Tests.Recording;

/// <summary>The response of a <see cref="SampleFlow"/>.</summary>
internal sealed class SampleResponse : HttpResponse
{
    public override int StatusCode { get; set; } = 200;

    public override string ReasonPhrase { get; set; } = "OK";

    public override bool IsLocal => false;

    public override Version HttpVersion => new(1, 1);

    public override HeaderList Headers { get; } = new SampleHeaders();

    public override bool HasBody => false;

    public override long? ContentLength => null;

    public override ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(CancellationToken cancellationToken = default) => default;

    public override void SetBody(ReadOnlyMemory<byte> body) => throw new NotSupportedException();

    public override HeaderList? Trailers => null;

    public override void Transform(BodyTransform transform) => throw new NotSupportedException();
}
