using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace ScriptProxy.Engine.Tests.Wire;

/// <summary>Transforms that tests put into bodies, and how their results are read.</summary>
internal static class Transforms
{
    public static async Task Upper(PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            foreach (var piece in result.Buffer)
            {
                foreach (var value in piece.Span) output.Write([(byte)char.ToUpperInvariant((char)value)]);
            }

            input.AdvanceTo(result.Buffer.End);
            await output.FlushAsync(cancellationToken);
            if (result.IsCompleted) return;
        }
    }

    public static async Task Xor(PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            foreach (var piece in result.Buffer)
            {
                var span = output.GetSpan(piece.Length);
                for (var i = 0; i < piece.Length; i++) span[i] = (byte)(piece.Span[i] ^ 0x5A);
                output.Advance(piece.Length);
            }

            input.AdvanceTo(result.Buffer.End);
            await output.FlushAsync(cancellationToken);
            if (result.IsCompleted) return;
        }
    }

    public static Task Copy(PipeReader input, PipeWriter output, CancellationToken cancellationToken) => input.CopyToAsync(output, cancellationToken);

    public static BodyTransform Append(string text) => async (input, output, cancellation) =>
    {
        await input.CopyToAsync(output, cancellation);
        await output.WriteAsync(Encoding.ASCII.GetBytes(text), cancellation);
    };

    /// <returns>Whether there may be more.</returns>
    public static async Task<bool> MoveAsync(PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        var result = await input.ReadAsync(cancellationToken);
        output.Write(result.Buffer.ToArray());
        input.AdvanceTo(result.Buffer.End);
        await output.FlushAsync(cancellationToken);
        return !result.IsCompleted;
    }

    public static async Task<long> StandstillAsync(Func<long> value)
    {
        var last = -1L;
        for (var unchanged = 0; unchanged < 20; unchanged++)
        {
            var now = value();
            if (now != last || now == 0) unchanged = 0;
            last = now;
            await Task.Delay(50);
        }

        return last;
    }

    public static ValueTask Run(Action action)
    {
        action();
        return default;
    }

    /// <summary>The payload of a chunked message.</summary>
    public static string Payload(string message)
    {
        var body = message[(message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        var payload = new StringBuilder();
        while (true)
        {
            var line = body.IndexOf("\r\n", StringComparison.Ordinal);
            var size = Convert.ToInt32(body[..line], 16);
            if (size == 0) return payload.ToString();
            payload.Append(body, line + 2, size);
            body = body[(line + 2 + size + 2)..];
        }
    }
}
