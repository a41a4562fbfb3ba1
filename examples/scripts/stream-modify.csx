// stream-modify.csx - change a body while it passes, however long it is: here every text in upper case
//
//     scriptproxy -s examples/scripts/stream-modify.csx

using System.Buffers;

void OnResponse(HttpFlow flow)
{
    if (flow.Response!.ContentType != "text/plain") return;
    flow.Response.Transform(async (input, output, cancellationToken) =>
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            foreach (var piece in read.Buffer)
            {
                // What is flushed goes on at once; flushing waits while the client is slow.
                Ascii.ToUpper(piece.Span, output.GetSpan(piece.Length), out var written);
                output.Advance(written);
            }

            input.AdvanceTo(read.Buffer.End);
            await output.FlushAsync(cancellationToken);
            if (read.IsCompleted) return;
        }
    });
}
