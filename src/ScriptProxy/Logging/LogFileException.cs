namespace ScriptProxy.Cli.Logging;

/// <summary>The log file cannot be written. The message is one line that names option, file and reason.</summary>
internal sealed class LogFileException(string path, Exception cause)
    : Exception($"--log-file \"{Engine.Recording.Printable.Escape(path)}\": cannot be written: {Engine.Recording.Printable.Escape(Engine.NamedFile.WhyUnwritable(path, cause))}. Name a file in a folder that can be written.", cause);
