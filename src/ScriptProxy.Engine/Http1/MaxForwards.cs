using System.Text;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Http1;

/// <summary>Max-Forwards of TRACE and OPTIONS (RFC 9110 §7.6.2): the last proxy of the chain answers, the others count down.</summary>
internal static class MaxForwards
{
    private const string Name = "Max-Forwards";

    /// <returns>The answer when the request ends here; null when it goes on, counted down.</returns>
    public static FlowResponse? Apply(HeaderBlock head, RequestLine line)
    {
        var method = line.MethodBytes(head);
        var isTrace = method.SequenceEqual("TRACE"u8);
        if (!isTrace && !method.SequenceEqual("OPTIONS"u8)) return null;
        if (head[Name] is not { } text || !int.TryParse(text, System.Globalization.NumberStyles.None, null, out var left)) return null;
        if (left > 0)
        {
            head.Set(Name, (left - 1).ToString());
            return null;
        }

        if (!isTrace) return FlowResponse.Local(200, default, [new("Allow", "GET, HEAD, OPTIONS, TRACE, CONNECT")]);
        return FlowResponse.Local(200, Echo(head), [new("Content-Type", "message/http")]);
    }

    // RFC 9110 §9.3.8: what came in goes back, credentials left out.
    private static byte[] Echo(HeaderBlock head)
    {
        var text = new StringBuilder(Encoding.Latin1.GetString(head.StartLine)).Append("\r\n");
        foreach (var (name, value) in head)
        {
            if (!Recording.SecretNames.IsHeader(name)) text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }
}
