using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScriptProxy.Engine.Connections;

/// <summary>A Unix-domain socket: a file that clients connect to, and whose mode says who may.</summary>
/// <param name="Path">Absolute, or relative to the working folder.</param>
/// <param name="FileMode">The mode of the file.</param>
internal sealed record UnixAddress(string Path, UnixFileMode FileMode) : ListenAddress
{
    public const string Prefix = "unix:";
    private const string ModeSuffix = ",mode=";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // sun_path holds 108 bytes, and the socket gets its name by being renamed.
    private const int LongestPath = 90;

    public override bool IsLocal => true;

    // Under a name of its own until it listens with the right mode: nobody connects earlier, or finds one that does not answer.
    private string Unnamed => $"{Path}.{Environment.ProcessId}";

    /// <summary>Reads "unix:/run/proxy.sock" or "unix:/run/proxy.sock,mode=660".</summary>
    /// <param name="text">With its prefix.</param>
    /// <param name="address">What it says.</param>
    /// <param name="problem">What is wrong, to follow the value; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out UnixAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        var path = text[Prefix.Length..];
        var mode = (int)OwnerOnly;
        var comma = path.LastIndexOf(ModeSuffix, StringComparison.Ordinal);
        if (comma >= 0 && !TryParseMode(path[(comma + ModeSuffix.Length)..], out mode)) problem = "expected a mode of three octal digits, such as mode=660.";
        if (comma >= 0) path = path[..comma];
        if (path.Length == 0) problem ??= "expected a path, such as unix:/run/scriptproxy.sock.";
        else if (Encoding.UTF8.GetByteCount(path) > LongestPath) problem ??= $"the path of a socket has {LongestPath} bytes at most. Choose a shorter one, or start in its folder and name it relative to that.";
        if (problem is not null) return false;
        address = new UnixAddress(path, (UnixFileMode)mode);
        return true;
    }

    public override Socket Bind(bool forOthers)
    {
        RemoveStale();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(Unnamed);
            socket.Bind(new UnixDomainSocketEndPoint(Unnamed));
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Unnamed, FileMode);
            socket.Listen(ClientListener.Backlog);
            File.Move(Unnamed, Path, overwrite: true);
            return socket;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new ProxyStartException($"{Path}: cannot be made ({exception.GetType().Name}). Check that its folder exists and that this user may write to it.", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override EndPoint EndPointOf(Socket socket) => new UnixDomainSocketEndPoint(Path);

    public override void Release() => File.Delete(Path);

    public override bool Overlaps(ListenAddress other) => other is UnixAddress unix && System.IO.Path.GetFullPath(unix.Path) == System.IO.Path.GetFullPath(Path);

    public override string ToString() => Prefix + Path;

    private static bool TryParseMode(string digits, out int mode)
    {
        mode = 0;
        if (digits.Length is not (3 or 4) || digits.AsSpan().ContainsAnyExceptInRange('0', '7') || (digits.Length == 4 && digits[0] != '0')) return false;
        mode = Convert.ToInt32(digits, 8);
        return true;
    }

    /// <summary>Removes a socket that was left behind, and nothing else.</summary>
    private void RemoveStale()
    {
        if (!File.Exists(Path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(Path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && IsSocket())
        {
            File.Delete(Path);
            return;
        }
        catch (SocketException exception) when (!IsSocket())
        {
            throw new ProxyStartException($"{Path}: there is a file of that name that is no socket. Choose another name, or remove it.", exception);
        }

        throw new SocketException((int)SocketError.AddressAlreadyInUse);
    }

    /// <summary>Whether what is there can be a socket: it can be neither read nor followed, and has no length.</summary>
    private bool IsSocket()
    {
        try
        {
            using var file = File.OpenRead(Path);
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new FileInfo(Path) is { Length: 0, Attributes: not FileAttributes.Directory };
        }
    }
}
