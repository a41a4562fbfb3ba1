using System.Text;

namespace ScriptProxy.Engine.Flows;

/// <summary>Gives common methods without making a string each time.</summary>
internal static class MethodNames
{
    public static string Intern(ReadOnlySpan<byte> method)
    {
        if (method.SequenceEqual("GET"u8)) return "GET";
        if (method.SequenceEqual("POST"u8)) return "POST";
        if (method.SequenceEqual("HEAD"u8)) return "HEAD";
        if (method.SequenceEqual("PUT"u8)) return "PUT";
        if (method.SequenceEqual("DELETE"u8)) return "DELETE";
        if (method.SequenceEqual("OPTIONS"u8)) return "OPTIONS";
        if (method.SequenceEqual("PATCH"u8)) return "PATCH";
        return Encoding.Latin1.GetString(method);
    }
}
