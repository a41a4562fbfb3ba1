using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Addons;

/// <summary>What OnLoad is given. What addons log may come from the network and is made printable.</summary>
internal sealed partial class HostAddonContext(string name, AddonState state, ILogger logger, CancellationToken stopping) : AddonContext
{
    public override string Name => name;

    public override AddonState State => state;

    public override CancellationToken Stopping => stopping;

    public override void Log(string message)
    {
        var line = Printable.Escape(message ?? "");
        Lines.Said(logger, name, line);
    }

    public override void LogWarning(string message)
    {
        var line = Printable.Escape(message ?? "");
        Lines.Warned(logger, name, line);
    }

    private static partial class Lines
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Addon}: {Message}")]
        public static partial void Said(ILogger logger, string addon, string message);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Addon}: {Message}")]
        public static partial void Warned(ILogger logger, string addon, string message);
    }
}
