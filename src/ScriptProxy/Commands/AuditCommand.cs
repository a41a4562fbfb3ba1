using System.CommandLine;
using System.Text;
using ScriptProxy.Cli.Auditing;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>audit verify: proves that no line of an audit log was changed or removed.</summary>
internal sealed class AuditCommand : Command, ICommandExamples
{
    private const string FirstHash = "0000000000000000000000000000000000000000000000000000000000000000";

    private readonly Argument<string[]> _files = new("FILE") { Arity = ArgumentArity.OneOrMore, Description = "Audit logs, the oldest first." };
    private readonly Option<string> _keyFile = new("--key-file") { HelpName = "FILE", Description = "File with the key the log was written with (policy.audit-key)." };
    private readonly Option<string> _last = new("--last") { HelpName = "HASH", Description = "The hash that the last line must have, noted before." };
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy audit verify audit.jsonl", "scriptproxy audit verify --key-file audit.key audit.1.jsonl audit.jsonl"];

    public AuditCommand(TextWriter output, TextWriter error)
        : base("audit", "Prove that audit logs are whole: audit verify FILE…")
    {
        _output = output;
        _error = error;
        var verify = new Command("verify", "Check that no line of audit logs was changed or removed; exit code 1 when one was.") { _files, _keyFile, _last };
        verify.SetAction(VerifyAsync);
        Add(verify);
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var key = parsed.GetValue(_keyFile) is { } keyFile ? ReadKey(keyFile) : null;
            var chain = new AuditChain(key);
            foreach (var file in parsed.GetValue(_files)!)
            {
                if (await CheckAsync(chain, file, cancellationToken) is { } problem) return await FailAsync(problem);
            }

            if (parsed.GetValue(_last) is { } last && !last.Equals(chain.LastHash ?? FirstHash, StringComparison.OrdinalIgnoreCase))
                return await FailAsync($"The last line has the hash {chain.LastHash ?? "of none"}, not {Printable.Escape(last)}: lines at the end are missing, or were added.");
            await _output.WriteLineAsync($"Whole: {chain.Count} lines up to number {chain.LastNumber}. Last hash: {chain.LastHash ?? FirstHash}");
            return ExitCode.Success;
        }
        catch (IOException exception)
        {
            await _error.WriteLineAsync(Printable.Escape(exception.Message));
            return ExitCode.Usage;
        }
    }

    /// <exception cref="IOException">It cannot be read; the message is for people.</exception>
    private static byte[] ReadKey(string file)
    {
        try
        {
            return Encoding.UTF8.GetBytes(NamedFile.ReadText(file).TrimEnd('\r', '\n'));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"--key-file {file}: cannot be read ({NamedFile.WhyUnreadable(file, exception)}). Name the file that policy.audit-key names.", exception);
        }
    }

    /// <exception cref="IOException">It cannot be opened; the message is for people.</exception>
    private static FileStream Open(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{file}: cannot be read ({NamedFile.WhyUnreadable(file, exception)}). Name an audit log.", exception);
        }
    }

    private static async Task<string?> CheckAsync(AuditChain chain, string file, CancellationToken cancellationToken)
    {
        await using var stream = Open(file);
        var isCutOff = EndsWithinALine(stream);
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        var next = await reader.ReadLineAsync(cancellationToken);
        for (var number = 1; next is { } line; number++)
        {
            next = await reader.ReadLineAsync(cancellationToken);
            if (next is null && isCutOff)
                return $"{Printable.Escape(file)}({number},1): error: the last line was cut off while it was written, and promised to nobody. The lines before it are whole; the proxy removes it when it writes the next one.";
            var first = chain.LastHash is null;
            if (chain.Check(Encoding.UTF8.GetBytes(line)) is { } problem) return $"{Printable.Escape(file)}({number},1): error: {problem}.";
            if (first && chain.LastNumber != 1) return $"{Printable.Escape(file)}({number},1): error: the first line has number {chain.LastNumber}; give the files before it too.";
        }

        return null;
    }

    private static bool EndsWithinALine(FileStream stream)
    {
        if (stream.Length == 0) return false;
        stream.Seek(-1, SeekOrigin.End);
        var last = stream.ReadByte();
        stream.Seek(0, SeekOrigin.Begin);
        return last != '\n';
    }

    private async Task<int> FailAsync(string problem)
    {
        await _output.WriteLineAsync(problem);
        return ExitCode.Failure;
    }
}
