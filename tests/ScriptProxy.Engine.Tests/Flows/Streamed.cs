using System.Text;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Flows;

/// <summary>Runs transforms on a body that comes in pieces, without a network.</summary>
internal static class Streamed
{
    /// <summary>A body in two pieces that meet at every offset, and one byte at a time: all must come out the same. Text is Latin-1.</summary>
    public static async Task<string> EverySplitAsync(string body, Action<HttpMessage> transform, string? contentType = null)
    {
        var whole = await RunAsync([body], transform, contentType);
        for (var at = 1; at < body.Length; at++) Assert.Equal(whole, await RunAsync([body[..at], body[at..]], transform, contentType));
        Assert.Equal(whole, await RunAsync([.. body.Select(character => character.ToString())], transform, contentType));
        return whole;
    }

    public static async Task<string> RunAsync(string[] pieces, Action<HttpMessage> transform, string? contentType = null)
    {
        var head = new HeaderBlock();
        if (contentType is not null) head.Add("Content-Type", contentType);
        var reader = new PieceBodyReader();
        foreach (var piece in pieces) reader.Add(piece);
        reader.End();
        var response = new FlowResponse(head, 200, new Version(1, 1), new MessageBody(reader, 10_000_000));
        transform(response);
        return Encoding.Latin1.GetString((await response.ReadBytesAsync()).Span);
    }
}
