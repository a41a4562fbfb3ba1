namespace ScriptProxy.EndToEnd.Tests.Support;

/// <summary>Chromium without a window, with a profile of its own in a folder.</summary>
internal sealed class ChromiumBrowser(TemporaryFolder folder)
{
    /// <summary>Puts the proxy's root into the database where Chromium looks for roots of its user.</summary>
    public async Task TrustAsync(ProxyProcess proxy)
    {
        Directory.CreateDirectory(folder.PathOf(".pki/nssdb"));
        var certutil = new ClientProgram("certutil", "libnss3-tools", folder.FullName);
        (await certutil.RunAsync("-d", "sql:.pki/nssdb", "-N", "--empty-password")).Succeeded();
        (await certutil.RunAsync("-d", "sql:.pki/nssdb", "-A", "-t", "C,,", "-n", "scriptproxy", "-i", proxy.RootCertificatePath)).Succeeded();
    }

    /// <param name="proxy">Which it goes through.</param>
    /// <param name="url">Where to.</param>
    /// <param name="server">How it reaches the proxy; null means its address, in the clear.</param>
    /// <returns>The page as it is when all of it has loaded.</returns>
    public async Task<string> BrowseAsync(ProxyProcess proxy, string url, string? server = null)
    {
        var chromium = new ClientProgram(["chromium", "chromium-browser", "google-chrome"], "chromium", folder.FullName);
        var run = await chromium.RunAsync(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={folder.PathOf("profile")}", $"--proxy-server={server ?? $"{proxy.EndPoint}"}", "--dump-dom", url);
        return run.Succeeded().Output;
    }
}
