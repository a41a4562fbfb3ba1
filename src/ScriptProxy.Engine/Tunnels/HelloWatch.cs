using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Tunnels;

/// <summary>Finds the ClientHello in what a client sends through a tunnel. The bytes do not wait for it: it looks at them as they pass.</summary>
/// <param name="client">Who sends it.</param>
/// <param name="host">Where the client asked to go.</param>
/// <param name="port">Where the client asked to go.</param>
internal sealed class HelloWatch(ClientConnection client, string host, int port)
{
    private byte[] _begun = [];

    /// <summary>Whether there is nothing left to look for: it was found, or the client does not speak TLS.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What was found; null before that, and when the client does not speak TLS.</summary>
    public TlsClientHello? Hello { get; private set; }

    /// <summary>A watch that has nothing to do, since the ClientHello was read before.</summary>
    public static HelloWatch Over(TlsClientHello hello) => new(hello.Client, hello.Host, hello.Port) { Hello = hello, IsDone = true };

    /// <summary>Looks at the client's next bytes.</summary>
    public void See(ReadOnlySpan<byte> piece)
    {
        if (IsDone) return;

        // Almost always it is in the first piece as a whole; what is not has at most 64 KiB.
        if (_begun.Length > 0) piece = _begun = [.. _begun, .. piece];
        switch (ClientHelloReader.TryRead(piece, out var content))
        {
            case ClientHelloStatus.NeedMore:
                if (_begun.Length == 0) _begun = piece.ToArray();
                return;
            case ClientHelloStatus.Complete:
                Hello = content.ToClientHello(client, host, port);
                break;
        }

        IsDone = true;
        _begun = [];
    }
}
