using System.Text.Json;

namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>What the origin says it was asked.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Through">The header by which the proxy's script marks every request; null when it was missing.</param>
/// <param name="BodyLength">In bytes.</param>
/// <param name="BodySha256">In hex.</param>
/// <param name="Headers">By name in lower case, duplicates joined.</param>
internal sealed record EchoAnswer(string Method, string Target, string? Through, long BodyLength, string BodySha256, Dictionary<string, string> Headers)
{
    public static EchoAnswer Parse(string json) => JsonSerializer.Deserialize<EchoAnswer>(json, JsonSerializerOptions.Web) ?? throw new JsonException("There is no answer.");
}
