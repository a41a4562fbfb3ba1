namespace ScriptProxy;

/// <summary>A client that gave a user and a password to the proxy (RFC 7617, RFC 1929), before either was checked. Not thread-safe.</summary>
public sealed class ProxyAuthentication
{
    internal ProxyAuthentication(ClientConnection client, string user, string password)
    {
        Client = client;
        User = user;
        Password = password;
    }

    /// <summary>Who asks.</summary>
    public ClientConnection Client { get; }

    /// <summary>The user it claims to be.</summary>
    public string User { get; }

    /// <summary>The proof. Compare it in constant time (CryptographicOperations.FixedTimeEquals), and log it nowhere.</summary>
    public string Password { get; }

    /// <summary>What was decided; null leaves it to the users of the options, and without any to a refusal.</summary>
    public bool? IsAccepted { get; private set; }

    /// <summary>Lets the client in, as <see cref="ClientConnection.User"/>.</summary>
    public void Accept() => IsAccepted = true;

    /// <summary>Asks for other credentials; the client learns nothing more.</summary>
    public void Reject() => IsAccepted = false;
}
