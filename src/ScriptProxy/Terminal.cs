namespace ScriptProxy.Cli;

/// <summary>What the output at hand can show.</summary>
internal static class Terminal
{
    /// <summary>Whether colours are wanted: on a terminal that has them, unless NO_COLOR says otherwise (no-color.org).</summary>
    public static bool ShowsColours(Func<string, string?> environment, bool redirected) =>
        !redirected && string.IsNullOrEmpty(environment("NO_COLOR")) && environment("TERM") is not "dumb";
}
