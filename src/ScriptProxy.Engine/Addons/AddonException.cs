using System.Reflection;
using System.Text;
using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Addons;

/// <summary>An addon's hook threw or took too long. The message is one line for people: "mask.csx(12): FormatException: … (in OnRequest)".</summary>
internal sealed class AddonException : Exception
{
    private const int LongestProblem = 500;

    public AddonException(string addon, string hook, string? location, string problem, Exception? cause)
        : base($"{location ?? addon}: {problem} (in {hook})", cause)
    {
        Addon = addon;
        Hook = hook;
        Location = location;
    }

    /// <summary>The addon's name.</summary>
    public string Addon { get; }

    /// <summary>Where it failed: OnRequest, OnLoad, …</summary>
    public string Hook { get; }

    /// <summary>File name and line in the addon's own sources; null when unknown.</summary>
    public string? Location { get; }

    /// <summary>Whether it took too long, or waited too long for its turn.</summary>
    public bool IsTimeout { get; private init; }

    /// <summary>Whether it was not even called, because it failed so often.</summary>
    public bool IsCircuitOpen { get; private init; }

    /// <summary>What is made of an exception that came out of a hook; the exception itself becomes <see cref="Exception.InnerException"/>.</summary>
    public static AddonException From(BoundHook hook, Exception exception) => From(hook.Addon, hook.Name, exception);

    /// <inheritdoc cref="From(BoundHook, Exception)"/>
    public static AddonException From(LoadedAddon addon, string hook, Exception exception)
    {
        var cause = Unwrap(exception);
        return cause as AddonException ?? new AddonException(addon.Name, hook, addon.Locate(cause), Describe(cause), cause);
    }

    public static AddonException TimedOut(BoundHook hook, TimeSpan timeout) => TimedOut(hook.Addon, hook.Name, timeout);

    public static AddonException TimedOut(LoadedAddon addon, string hook, TimeSpan timeout) =>
        new(addon.Name, hook, null, $"not finished after {timeout.TotalSeconds:0.###} s", null) { IsTimeout = true };

    public static AddonException WaitedTooLong(BoundHook hook, TimeSpan timeout) =>
        new(hook.Addon.Name, hook.Name, null, $"its turn did not come within {timeout.TotalSeconds:0.###} s ([Serial])", null) { IsTimeout = true };

    public static AddonException CircuitOpen(BoundHook hook) =>
        new(hook.Addon.Name, hook.Name, null, $"not called: it failed {CircuitBreaker.FailuresToOpen} times in a row", null) { IsCircuitOpen = true };

    /// <summary>Type and message in one line without control characters.</summary>
    public static string Describe(Exception exception) => $"{exception.GetType().Name}: {OneLine(exception.Message)}";

    /// <summary>Replaces line breaks and control characters, and cuts what is too long for a line.</summary>
    public static string OneLine(string text)
    {
        var line = new StringBuilder(Math.Min(text.Length, LongestProblem));
        foreach (var character in text)
        {
            if (line.Length >= LongestProblem) return Printable.Escape(line.Append('…').ToString());
            if (!char.IsControl(character)) line.Append(character);
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
        }

        return Printable.Escape(line.ToString().TrimEnd());
    }

    private static Exception Unwrap(Exception exception)
    {
        while (true)
        {
            switch (exception)
            {
                case TargetInvocationException { InnerException: { } inner }:
                    exception = inner;
                    break;
                case AggregateException { InnerExceptions: [var only] }:
                    exception = only;
                    break;
                default:
                    return exception;
            }
        }
    }
}
