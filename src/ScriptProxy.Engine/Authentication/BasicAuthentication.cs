using System.Net;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Authentication;

/// <summary>Proxy authentication in HTTP (RFC 9110 §11.7) with the scheme Basic (RFC 7617), request by request. Thread-safe.</summary>
internal sealed class BasicAuthentication(ProxyAuthenticator authenticator)
{
    private static readonly KeyValuePair<string, string>[] Challenge =
    [
        new("Content-Type", "text/plain; charset=utf-8"),
        new("Proxy-Authenticate", "Basic realm=\"ScriptProxy\", charset=\"UTF-8\""),
        new("Proxy-Status", "scriptproxy; error=http_request_denied"),
    ];

    private static readonly byte[] Text = "This proxy wants to know who you are: give it a user and a password.\n"u8.ToArray();

    /// <summary>Whether a request may pass. Its Proxy-Authorization is gone afterwards: it is nobody's business but ours.</summary>
    /// <returns>The answer that asks for credentials; null when it may.</returns>
    public async ValueTask<FlowResponse?> CheckAsync(ProxyConnection connection, HeaderBlock head)
    {
        var (challenge, user) = await IdentifyAsync(connection, head);
        if (user is not null) connection.Client.User = user.Name;
        return challenge;
    }

    /// <summary>The same where requests of one connection run side by side, each with credentials of its own.</summary>
    /// <returns>The answer that asks for credentials, null when the request may pass; and whose it is, null when nobody has to say.</returns>
    public async ValueTask<(FlowResponse? Challenge, VerifiedUser? User)> IdentifyAsync(ProxyConnection connection, HeaderBlock head)
    {
        var index = head.Find(KnownHeader.ProxyAuthorization);
        if (!authenticator.IsRequired)
        {
            if (index >= 0) head.RemoveKnown(KnownHeader.ProxyAuthorization);
            return (null, null);
        }

        if (index < 0) return (NewChallenge(), null);
        var isAlone = head.Find(KnownHeader.ProxyAuthorization, index + 1) < 0;
        var known = connection.Verified;
        if (isAlone && authenticator.IsVerified(known, head.ValueBytes(index)))
        {
            head.RemoveKnown(KnownHeader.ProxyAuthorization);
            return (null, known);
        }

        var proof = head.ValueBytes(index).ToArray();
        head.RemoveKnown(KnownHeader.ProxyAuthorization);
        var user = await authenticator.VerifyAsync(connection, isAlone ? ProxyCredentials.FromBasic(proof) : null, proof);
        return (user is null ? NewChallenge() : null, user);
    }

    private static FlowResponse NewChallenge() => FlowResponse.Local((int)HttpStatusCode.ProxyAuthenticationRequired, Text, Challenge);
}
