using System.Text;
using Serilog.Sinks.File;

namespace ScriptProxy.Cli.Logging;

/// <summary>Log files are for their owner only: they tell who went where.</summary>
internal sealed class PrivateFileHooks : FileLifecycleHooks
{
    public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
    {
        if (!OperatingSystem.IsWindows() && underlyingStream.Length == 0) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return underlyingStream;
    }
}
