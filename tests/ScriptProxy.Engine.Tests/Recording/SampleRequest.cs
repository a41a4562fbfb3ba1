namespace ScriptProxy.Engine.Tests.Recording;

/// <summary>The request of a <see cref="SampleFlow"/>.</summary>
internal sealed class SampleRequest : HttpRequest
{
    public override string Method { get; set; } = "GET";

    public override string Scheme { get; set; } = "https";

    public override string Host { get; set; } = "origin.test";

    public override int Port { get; set; } = 443;

    public override string Target { get; set; } = "/";

    public override string Url { get; set; } = "https://origin.test/";

    public override Version HttpVersion => new(1, 1);

    public override HeaderList Headers { get; } = new SampleHeaders();

    public override bool HasBody => false;

    public override long? ContentLength => null;

    public override ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(CancellationToken cancellationToken = default) => default;

    public override void SetBody(ReadOnlyMemory<byte> body) => throw new NotSupportedException();

    public override HeaderList? Trailers => null;

    public override void Transform(BodyTransform transform) => throw new NotSupportedException();
}
