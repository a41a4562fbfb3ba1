namespace ScriptProxy.Engine.Http2;

/// <summary>The other side did what a connection cannot survive (RFC 9113 §5.4.1). Caught where the connection is read.</summary>
/// <param name="code">What it is told.</param>
/// <param name="problem">What it did, as the end of a sentence: "a frame that is too long".</param>
internal sealed class ConnectionErrorException(ErrorCode code, string problem) : Exception(problem)
{
    public ErrorCode Code => code;
}
