using ScriptProxy.Cli.Commands;
using ScriptProxy.Engine;

namespace ScriptProxy.Cli;

/// <summary>What --help prints: usage, commands, options by group, examples.</summary>
internal static class HelpText
{
    private const int Indent = 2;
    private const int Column = 34;

    /// <summary>The columns at hand: those of the terminal, 100 where the output is none.</summary>
    public static int Width => Console.IsOutputRedirected || Console.WindowWidth < 40 ? 100 : Math.Min(Console.WindowWidth, 120);

    public static void Write(TextWriter output, RunCommand root, int width)
    {
        output.WriteLine(root.Description);
        output.WriteLine();
        output.WriteLine("Usage:");
        output.WriteLine("  scriptproxy [options]");
        output.WriteLine("  scriptproxy [options] -- COMMAND [arguments]    run COMMAND behind the proxy, set up to use and trust it");
        output.WriteLine("  scriptproxy <command> [options]");

        Heading(output, "Commands");
        foreach (var command in root.Subcommands) Row(output, command.Name, command.Description ?? "", width);

        // Addons first: they are what people come for.
        foreach (var group in root.Descriptors.GroupBy(option => option.Group))
        {
            Heading(output, group.Key);
            foreach (var option in group) Row(output, Syntax(option), option.Default is null ? option.Help : $"{option.Help} [{option.Default}]", width);
        }

        Heading(output, "General");
        Row(output, "-h, --help", "Show this text.", width);
        Row(output, "    --options", "Show all options, those of the addons too, as scriptproxy.yaml.", width);
        Row(output, "    --version", "Show the version.", width);

        Heading(output, "Examples");
        output.WriteLine("  scriptproxy -s mask.csx                         intercept on 127.0.0.1:8080, print flows");
        output.WriteLine("  scriptproxy -s mask.csx -s log.csx -l :9090     two scripts, in this order, on port 9090");
        output.WriteLine("  scriptproxy -s mask.csx --set mask.headers=X-Pin    an option of that script");
        output.WriteLine("  scriptproxy -s mask.csx -- npm install          only what this command requests; its exit code is ours");
        output.WriteLine("  scriptproxy --insecure-upstream dev.local -v    accept one host's own certificate, print headers");
        output.WriteLine("  curl -x http://127.0.0.1:8080 --cacert ~/.scriptproxy/ca.pem https://example.com/");
        output.WriteLine();
        output.WriteLine("Each option is also a key of scriptproxy.yaml (ca-dir) and a variable (SCRIPTPROXY_CA_DIR). The command line wins.");
    }

    /// <summary>The option as one types it: "-l, --listen HOST:PORT".</summary>
    public static string Syntax(OptionDescriptor option)
    {
        var flag = (option.Letter is { } letter ? letter + ", " : "    ") + option.Flag;
        return option.IsSwitch ? flag : $"{flag} {option.ValueName}";
    }

    private static void Heading(TextWriter output, string text)
    {
        output.WriteLine();
        output.WriteLine(text + ":");
    }

    private static void Row(TextWriter output, string left, string right, int width)
    {
        output.Write(new string(' ', Indent) + left);
        var at = Indent + left.Length;
        if (at + 2 > Column)
        {
            output.WriteLine();
            at = 0;
        }

        output.Write(new string(' ', Column - at));
        at = Column;
        foreach (var word in right.Split(' '))
        {
            if (at > Column && at + 1 + word.Length > width)
            {
                output.WriteLine();
                output.Write(new string(' ', Column));
                at = Column;
            }

            if (at > Column)
            {
                output.Write(' ');
                at++;
            }

            output.Write(word);
            at += word.Length;
        }

        output.WriteLine();
    }
}
