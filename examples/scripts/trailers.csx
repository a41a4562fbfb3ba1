// trailers.csx - send a checksum after each download, in a trailer field
//
//     scriptproxy -s examples/scripts/trailers.csx

using System.Security.Cryptography;

async Task OnResponse(HttpFlow flow)
{
    var response = flow.Response!;
    if (response.ContentType != "application/octet-stream" || !response.HasBody) return;

    // Trailers follow the body: they are there once its end was read.
    var bytes = await response.ReadBytesAsync(flow.Aborted);
    response.Trailers?.Add("Digest", $"sha-256={Convert.ToBase64String(SHA256.HashData(bytes.Span))}");
}
