namespace ScriptProxy.Engine.Http2.Hpack;

/// <summary>A field block cannot be decoded (RFC 7541); the message says what it has, for people.</summary>
internal sealed class HpackException(string problem) : Exception(problem);
