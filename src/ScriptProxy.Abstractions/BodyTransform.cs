using System.IO.Pipelines;

namespace ScriptProxy;

/// <summary>
/// Code that a body passes through while it is on its way: reads <paramref name="input"/>, writes <paramref name="output"/>. Runs beside the
/// hooks, once per message. Returning ends the body; what was not read by then is dropped. Throwing cuts the message off, so that nobody can
/// take it for a whole one. Neither pipe has to be completed.
/// </summary>
/// <param name="input">The body without its content codings, as transforms before this one left it. Reading throws <see cref="IOException"/> when the sender fails.</param>
/// <param name="output">What is flushed goes on at once; flushing waits while the receiver is slow.</param>
/// <param name="cancellationToken">Cancelled when the flow ended without this body: the client left, a time was over, another part failed.</param>
public delegate Task BodyTransform(PipeReader input, PipeWriter output, CancellationToken cancellationToken);
