namespace ScriptProxy.Cli;

internal static class Program
{
    /// <summary>Set for ourselves alone.</summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static Task<int> Main(string[] args)
    {
        // Socket completions run where they are noticed, without a hop through the thread pool. Read once, when the first socket is made.
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null) Environment.SetEnvironmentVariable(InlineCompletions, "1");

        return new CommandLine(Console.Out, Console.Error, Environment.GetEnvironmentVariable).RunAsync(args);
    }
}
