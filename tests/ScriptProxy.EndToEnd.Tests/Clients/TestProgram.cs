namespace ScriptProxy.EndToEnd.Tests.Clients;

/// <summary>
/// Small programs in other languages. Each is given a URL and a file, asks URL?by=get, posts the file to the URL, and prints a line for each:
/// protocol, status and body.
/// </summary>
internal static class TestProgram
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Clients", "Programs", name);
}
