using System.IO.Pipelines;
using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Engine.Flows;

/// <summary>One transform of a body and where its code runs.</summary>
/// <param name="Transform">The code.</param>
/// <param name="Context">The context of the hook that asked for it, which names it; null for code of our own, or when the hook left its context.</param>
internal readonly record struct TransformStep(BodyTransform Transform, HookContext? Context)
{
    /// <summary>Applies content codings again, last of all.</summary>
    public static TransformStep Encoding(string contentEncoding) => new((input, output, cancellationToken) => EncodeAsync(contentEncoding, input, output, cancellationToken), null);

    private static async Task EncodeAsync(string contentEncoding, PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        await using var encoder = ContentCoding.OpenEncoder(output.AsStream(leaveOpen: true), contentEncoding);
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            foreach (var piece in result.Buffer) await encoder.WriteAsync(piece, cancellationToken);
            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) return;

            // Whoever waits for an event must not wait for a full block of the coding.
            await encoder.FlushAsync(cancellationToken);
        }
    }
}
