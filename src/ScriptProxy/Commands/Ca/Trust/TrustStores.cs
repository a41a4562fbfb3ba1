using System.CommandLine;

namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>Which stores a command line means. Without a word: the system's.</summary>
internal sealed class TrustStores
{
    private readonly Option<bool> _system = new("--system") { Description = "The roots of this system. It is what is meant when nothing is said." };
    private readonly Option<bool> _browsers = new("--browsers") { Description = "The databases of Firefox, and of Chromium and Chrome on Linux, of this user." };
    private readonly Option<string[]> _nss = new("--nss") { HelpName = "DIR", Description = "A database of NSS (with cert9.db); made when missing. Repeatable." };
    private readonly Option<string[]> _java = new("--java") { HelpName = "DIR", Description = "A Java home, or a truststore (cacerts). Repeatable." };
    private readonly Option<string> _javaPassword = new("--java-password") { HelpName = "TEXT", Description = "Password of that truststore. [changeit]" };
    private readonly Option<string> _root = new("--root") { HelpName = "DIR", Description = "Folder with a Linux system that stands for /, such as an image in the making." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _system, _browsers, _nss, _java, _javaPassword, _root }) command.Add(option);
    }

    /// <exception cref="CaException">One is not there.</exception>
    public IReadOnlyList<ITrustStore> Of(ParseResult parsed)
    {
        var stores = new List<ITrustStore>();
        var (root, nss, java) = (parsed.GetValue(_root), parsed.GetValue(_nss) ?? [], parsed.GetValue(_java) ?? []);
        if (parsed.GetValue(_browsers))
        {
            var found = NssStore.Find(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
            if (found.Count == 0) throw new CaException("--browsers: no database of Firefox, Chromium or Chrome is in the home folder. Start the browser once, or name one with --nss DIR.");
            stores.AddRange(found);
        }

        stores.AddRange(nss.Select(folder => new NssStore(Path.GetFullPath(folder))));
        stores.AddRange(java.Select(home => new JavaStore(home, parsed.GetValue(_javaPassword) ?? "changeit")));
        if (parsed.GetValue(_system) || root is not null || stores.Count == 0) stores.Insert(0, SystemStore(root));
        return stores;
    }

    private static ITrustStore SystemStore(string? root)
    {
        if (root is not null) return LinuxStore.Of(Path.GetFullPath(root));
        if (OperatingSystem.IsWindows()) return new WindowsStore();
        return OperatingSystem.IsMacOS() ? new MacStore() : LinuxStore.Of("/");
    }
}
