using System.CommandLine;
using System.Text;
using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Cli.Commands;

/// <summary>
/// Makes a line for --proxy-auth-file. The password comes from standard input, not from the command line, where other users of the machine
/// could read it.
/// </summary>
internal sealed class HashPasswordCommand : Command, ICommandExamples
{
    private readonly Argument<string> _user = new("USER") { Description = "The user's name, without a colon." };
    private readonly TextReader _input;
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    public IReadOnlyList<string> Examples { get; } = ["scriptproxy hash-password ada >> users.txt"];

    public HashPasswordCommand(TextReader input, TextWriter output, TextWriter error)
        : base("hash-password", "Make a line for --proxy-auth-file: USER and the hash of a password read from standard input.")
    {
        _input = input;
        _output = output;
        _error = error;
        Add(_user);
        SetAction((parsed, _) => RunAsync(parsed.GetValue(_user)!));
    }

    private async Task<int> RunAsync(string user)
    {
        if (Refusal(user) is { } refusal)
        {
            await _error.WriteLineAsync($"\"{Printable.Escape(user)}\": {refusal}");
            return ExitCode.Usage;
        }

        var password = await ReadPasswordAsync();
        var bytes = Encoding.UTF8.GetByteCount(password);
        if (bytes is 0 or > PasswordHash.MaxPasswordBytes)
        {
            await _error.WriteLineAsync($"Expected a password of 1 to {PasswordHash.MaxPasswordBytes} bytes on standard input, got {bytes}.");
            return ExitCode.Usage;
        }

        await _output.WriteLineAsync($"{user}:{Pbkdf2Hash.Of(Encoding.UTF8.GetBytes(password))}");
        return ExitCode.Success;
    }

    private static string? Refusal(string user)
    {
        if (user.Contains(':', StringComparison.Ordinal)) return "a user's name cannot have a colon in it.";
        if (user.Length == 0 || user.StartsWith('#') || user != user.Trim() || user.Any(char.IsControl)) return "expected a name that is not empty and begins neither with # nor with a space.";
        return null;
    }

    private async Task<string> ReadPasswordAsync()
    {
        if (_input != Console.In || Console.IsInputRedirected) return await _input.ReadLineAsync() ?? "";
        await _error.WriteAsync("Password: ");
        var password = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && password.Length > 0) password.Length--;
            else if (!char.IsControl(key.KeyChar)) password.Append(key.KeyChar);
        }

        await _error.WriteLineAsync();
        return password.ToString();
    }
}
