using System.Text;

namespace ScriptProxy.Engine.Http1;

/// <summary>What a message says about the connection it came on (RFC 9110 §7.6.1), read once; marks the lines that must not be forwarded.</summary>
/// <param name="Close">The sender will close after this exchange.</param>
/// <param name="KeepAlive">The sender asks to keep an HTTP/1.0 connection.</param>
/// <param name="Upgrade">The sender wants, or does, switch protocols; the Upgrade line is forwarded.</param>
internal readonly record struct ConnectionOptions(bool Close, bool KeepAlive, bool Upgrade)
{
    /// <param name="head">Its hop-by-hop lines are marked.</param>
    /// <param name="mayUpgrade">Whether an Upgrade may be forwarded: a request without body, or a 101 response to it.</param>
    public static ConnectionOptions Read(HeaderBlock head, bool mayUpgrade)
    {
        bool close = false, keepAlive = false, upgrade = false, onlyUpgrade = true;
        for (var i = 0; i < head.Count; i++)
        {
            var known = head.Lines[i].Known;
            if (known is KnownHeader.Other) continue;
            if (known is KnownHeader.Connection or KnownHeader.ProxyConnection)
            {
                ReadTokens(head, i, known is KnownHeader.Connection, ref close, ref keepAlive, ref upgrade, ref onlyUpgrade);
                head.MarkHopByHop(i);
            }
            else if (known is KnownHeader.KeepAlive or KnownHeader.ProxyAuthorization or KnownHeader.Http2Settings)
            {
                head.MarkHopByHop(i);
            }
            else if (known is KnownHeader.Te && !Ascii.EqualsIgnoreCase(head.ValueBytes(i), "trailers"u8))
            {
                head.MarkHopByHop(i);
            }
        }

        upgrade = upgrade && mayUpgrade && KeepsUpgrade(head);
        if (upgrade) KeepUpgradeLines(head, onlyUpgrade);
        else MarkUpgradeLines(head);
        return new ConnectionOptions(close, keepAlive, upgrade);
    }

    private static void ReadTokens(HeaderBlock head, int index, bool named, ref bool close, ref bool keepAlive, ref bool upgrade, ref bool onlyUpgrade)
    {
        var value = head.ValueBytes(index);
        foreach (var range in value.Split((byte)','))
        {
            var token = value[range].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(token, "close"u8)) close = true;
            else if (Ascii.EqualsIgnoreCase(token, "keep-alive"u8)) keepAlive = true;
            else if (!named) continue;
            else if (Ascii.EqualsIgnoreCase(token, "upgrade"u8)) upgrade = true;
            else if (!token.IsEmpty)
            {
                onlyUpgrade = false;
                MarkNamed(head, token);
            }
        }
    }

    // RFC 9110 §7.6.1: fields named by Connection go no further. Those that frame or route the message are never taken away by it.
    private static void MarkNamed(HeaderBlock head, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < head.Count; i++)
        {
            var known = head.Lines[i].Known;
            if (known is KnownHeader.Host or KnownHeader.ContentLength or KnownHeader.TransferEncoding or KnownHeader.Te or KnownHeader.Trailer or KnownHeader.Expect) continue;
            if (Ascii.EqualsIgnoreCase(head.NameBytes(i), name)) head.MarkHopByHop(i);
        }
    }

    // h2c (RFC 7540 §3.2) is between two neighbours; a proxy that forwarded it would lose sight of the connection.
    private static bool KeepsUpgrade(HeaderBlock head)
    {
        var isNamed = false;
        for (var i = head.Find(KnownHeader.Upgrade); i >= 0; i = head.Find(KnownHeader.Upgrade, i + 1))
        {
            var value = head.ValueBytes(i);
            foreach (var range in value.Split((byte)','))
            {
                var protocol = value[range].Trim(" \t"u8);
                if (Ascii.EqualsIgnoreCase(protocol, "h2c"u8)) return false;
                isNamed |= !protocol.IsEmpty;
            }
        }

        return isNamed;
    }

    private static void KeepUpgradeLines(HeaderBlock head, bool onlyUpgrade)
    {
        var connection = head.Find(KnownHeader.Connection);
        var isOnlyLine = head.Find(KnownHeader.Connection, connection + 1) < 0;
        if (onlyUpgrade && isOnlyLine) head.UnmarkHopByHop(connection);
        else head.AppendLine("Connection", "Upgrade");
    }

    private static void MarkUpgradeLines(HeaderBlock head)
    {
        for (var i = head.Find(KnownHeader.Upgrade); i >= 0; i = head.Find(KnownHeader.Upgrade, i + 1)) head.MarkHopByHop(i);
    }
}
