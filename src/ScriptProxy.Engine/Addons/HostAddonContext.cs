using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Addons;

/// <summary>What OnLoad is given.</summary>
internal sealed partial class HostAddonContext(string name, AddonState state, ILogger logger, CancellationToken stopping) : AddonContext
{
    public override string Name => name;

    public override AddonState State => state;

    public override CancellationToken Stopping => stopping;

    public override void Log(string message)
    {
        var line = Escaped(message);
        Lines.Said(logger, name, line);
    }

    public override void LogWarning(string message)
    {
        var line = Escaped(message);
        Lines.Warned(logger, name, line);
    }

    /// <summary>What an addon logs may come from the network: no line breaks, no terminal sequences.</summary>
    private static string Escaped(string? message)
    {
        if (message is null) return "";
        if (!message.Any(char.IsControl)) return message;
        return string.Concat(message.Select(character => char.IsControl(character) ? $"\\x{(int)character:X2}" : character.ToString()));
    }

    private static partial class Lines
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Addon}: {Message}")]
        public static partial void Said(ILogger logger, string addon, string message);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Addon}: {Message}")]
        public static partial void Warned(ILogger logger, string addon, string message);
    }
}
