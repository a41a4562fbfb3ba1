using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ScriptProxy.Engine.Connections;

/// <summary>
/// A socket that somebody else bound and handed to this process: by its number, or as systemd does it (sd_listen_fds(3)), by its name.
/// </summary>
/// <param name="Number">The descriptor; null for one of systemd's.</param>
/// <param name="Name">The name that systemd gives it (FileDescriptorName=); null for its only one.</param>
internal sealed record DescriptorAddress(int? Number, string? Name) : ListenAddress
{
    public const string Prefix = "fd:";
    public const string Systemd = "systemd";
    private const int First = 3;

    // Who made the socket chose its address; what was chosen is looked at once it is here.
    public override bool IsLocal => true;

    /// <summary>Reads "fd:3", "systemd" or "systemd:NAME".</summary>
    /// <param name="text">With its prefix.</param>
    /// <param name="address">What it says.</param>
    /// <param name="problem">What is wrong, to follow the value; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out DescriptorAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        if (text == Systemd) address = new DescriptorAddress(null, null);
        else if (text.StartsWith(Systemd, StringComparison.Ordinal) && text.Length > Systemd.Length + 1) address = new DescriptorAddress(null, text[(Systemd.Length + 1)..]);
        else if (text.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(text.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= First) address = new DescriptorAddress(number, null);
        else problem = "expected the number of an open socket, fd:3 or more, or systemd, or systemd:NAME.";
        return address is not null;
    }

    public override Socket Bind(bool forOthers) => Open(Environment.GetEnvironmentVariable, Environment.ProcessId);

    /// <summary>Takes the socket.</summary>
    /// <param name="environment">The value of a variable; null when it is not set.</param>
    /// <param name="processId">Ours: variables for another process are not meant for us.</param>
    /// <exception cref="ProxyStartException">It is not there, or is no listening socket.</exception>
    public Socket Open(Func<string, string?> environment, int processId)
    {
        var number = Number ?? Find(environment, processId);
        var socket = Take(number);
        if (socket is { SocketType: SocketType.Stream } && socket.LocalEndPoint is IPEndPoint or UnixDomainSocketEndPoint)
        {
            if (!IsListening(socket)) socket.Listen(ClientListener.Backlog);
            return socket;
        }

        socket.Dispose();
        throw new ProxyStartException($"descriptor {number} is no stream socket that is bound. Pass one that listens: ListenStream= in a socket unit.");
    }

    public override bool Overlaps(ListenAddress other) => other is DescriptorAddress descriptor && descriptor == this;

    public override string ToString() => Number is { } number ? Prefix + number.ToString(CultureInfo.InvariantCulture) : Name is null ? Systemd : $"{Systemd}:{Name}";

    private int Find(Func<string, string?> environment, int processId)
    {
        const string Remedy = "Start it by a socket unit, or with systemd-socket-activate.";
        if (!int.TryParse(environment("LISTEN_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id != processId)
            throw new ProxyStartException($"no socket was passed to this process (LISTEN_PID). {Remedy}");
        if (!int.TryParse(environment("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1)
            throw new ProxyStartException($"no socket was passed to this process (LISTEN_FDS). {Remedy}");
        if (Name is null)
            return count == 1 ? First : throw new ProxyStartException($"{count} sockets were passed. Name the one that is meant: systemd:NAME, with FileDescriptorName=NAME in its unit, or fd:3.");

        var names = (environment("LISTEN_FDNAMES") ?? "").Split(':');
        var index = Array.IndexOf(names, Name);
        if (index < 0 || index >= count) throw new ProxyStartException($"no socket of that name was passed. Passed: {string.Join(", ", names)}.");
        return First + index;
    }

    private static Socket Take(int number)
    {
        try
        {
            // Programs that are started later have no use for it.
            _ = Libc.SetDescriptorFlags(number, Libc.CloseOnExec);
            return new Socket(new SafeSocketHandle(number, ownsHandle: true));
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            throw new ProxyStartException($"descriptor {number} is not an open socket. Pass one that listens: ListenStream= in a socket unit.", exception);
        }
    }

    private static bool IsListening(Socket socket) => socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is int and not 0;
}
