using System.CommandLine;
using System.Text.Json;
using ScriptProxy.Cli.Masking;
using ScriptProxy.Engine;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>mask verify: proves that a capture holds none of the given secrets. Says where it does, never what.</summary>
internal sealed class MaskCommand : Command, ICommandExamples
{
    private const long LargestBytes = 1L << 31;

    private readonly Argument<string> _file = new("FILE") { Description = "HAR file to look into." };
    private readonly Option<string> _secrets = new("--secrets") { HelpName = "FILE", Description = "File with one secret a line; - for standard input. Left out: only tokens of known shapes are looked for." };
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy mask verify capture.har", "scriptproxy mask verify capture.har --secrets secrets.txt"];

    public MaskCommand(TextWriter output, TextWriter error)
        : base("mask", "Prove that captures hold no secrets: mask verify FILE.har --secrets FILE.")
    {
        _output = output;
        _error = error;
        var verify = new Command("verify", "Look for secrets in a HAR file, however they are encoded; exit code 1 when one is found.") { _file, _secrets };
        verify.SetAction(VerifyAsync);
        Add(verify);
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (file, secretsFile) = (parsed.GetValue(_file)!, parsed.GetValue(_secrets));
        try
        {
            var search = new SecretSearch(await ReadSecretsAsync(secretsFile, cancellationToken));
            foreach (var line in search.TooShort) await _error.WriteLineAsync($"{Printable.Escape(secretsFile!)}({line},1): warning: shorter than four characters: not looked for.");
            if (new FileInfo(file).Length > LargestBytes) throw new FormatException("longer than 2 GB.");
            var found = HarSearch.Find(await File.ReadAllBytesAsync(file, cancellationToken), search);
            foreach (var line in found) await _output.WriteLineAsync(Printable.Escape(line));
            if (found.Count > 0) return ExitCode.Failure;
            await _output.WriteLineAsync($"Nothing found: {search.Count} secrets and the known shapes of tokens were looked for.");
            return ExitCode.Success;
        }
        catch (SecretsFileException exception)
        {
            await _error.WriteLineAsync(Printable.Escape(exception.Message));
            return ExitCode.Usage;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await _error.WriteLineAsync(Printable.Escape($"{file}: cannot be read ({NamedFile.WhyUnreadable(file, exception)}). Name a HAR file."));
            return ExitCode.Usage;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            await _error.WriteLineAsync($"{Printable.Escape(file)}: {Printable.Escape(exception.Message)}");
            return ExitCode.Usage;
        }
    }

    private static async Task<string[]> ReadSecretsAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is null) return [];
        try
        {
            var text = file == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : NamedFile.ReadText(file);
            return [.. text.ReplaceLineEndings("\n").Split('\n')];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SecretsFileException($"--secrets {file}: cannot be read ({NamedFile.WhyUnreadable(file, exception)}). Name a file with one secret a line.", exception);
        }
    }

    /// <summary>The file of --secrets cannot be read. The message is for people.</summary>
    private sealed class SecretsFileException(string message, Exception cause) : Exception(message, cause);
}
