using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Upstream.Http2;

/// <summary>A response head that arrived on a stream.</summary>
/// <param name="Block">Its fields, after a status line as HTTP/1.1 has it.</param>
/// <param name="StatusCode">100 to 999; 1xx when another head follows.</param>
/// <param name="Framing">Whether there is a body, and how long it is.</param>
/// <param name="EndStream">Whether it is all there is.</param>
internal sealed record Http2Head(HeaderBlock Block, int StatusCode, Framing Framing, bool EndStream);
