using Microsoft.AspNetCore.Http;
using ScriptProxy.EndToEnd.Tests.Clients;
using ScriptProxy.EndToEnd.Tests.Support;
using ScriptProxy.Testing;

namespace ScriptProxy.EndToEnd.Tests.Launching;

/// <summary>
/// Runs "scriptproxy … -- PROGRAM" in a folder of its own, with nothing set up: no proxy, no root. The origin is called origin.test, which no DNS knows, so
/// that what reaches it came through the proxy; it says whether the proxy's script had seen the request.
/// </summary>
public sealed class LaunchFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Answers whatever has no place of its own.</summary>
    private Func<HttpContext, Task> _handler = EchoOrigin.AnswerAsync;

    internal TestOrigin Origin { get; private set; } = null!;

    /// <summary>Where programs run; their home.</summary>
    internal TemporaryFolder Folder => _folder;

    /// <summary>A file that holds <see cref="EchoFixture.Upload"/>.</summary>
    internal string UploadPath { get; private set; } = "";

    internal string CaFolder => _folder.PathOf("ca");

    public async Task InitializeAsync()
    {
        UploadPath = _folder.Write("upload.bin", EchoFixture.Upload);
        Origin = await TestOrigin.StartAsync(context => _handler(context));
        _folder.Write("lead.csx", Script(Origin));
    }

    public async Task DisposeAsync()
    {
        await Origin.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Has the origin answer in another way from here on.</summary>
    internal void Serve(Func<HttpContext, Task> handler) => _handler = handler;

    /// <summary>The command, ready to be given "-- PROGRAM".</summary>
    internal ClientProgram Command(params (string Name, string Value)[] variables)
    {
        var command = new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName) { Environment = { ["SCRIPTPROXY_CA_DIR"] = CaFolder } };
        foreach (var (name, value) in variables) command.Environment[name] = value;
        return command;
    }

    /// <summary>Runs a program behind the proxy.</summary>
    internal Task<ProgramRun> RunAsync(params string[] words) => RunAsync([], words);

    /// <summary>Runs a program behind the proxy.</summary>
    /// <param name="variables">What is set beside PATH, HOME and the locale.</param>
    /// <param name="words">The program and its arguments.</param>
    internal Task<ProgramRun> RunAsync((string Name, string Value)[] variables, string[] words) =>
        Command(variables).RunAsync(["-s", "lead.csx", "--upstream-ca", Origin.RootCertificatePath, "--", .. words]);

    /// <summary>Runs a small program of <see cref="TestProgram"/> that asks and posts.</summary>
    internal Task<ProgramRun> AskAndPostAsync(string interpreter, string program, params string[] more) => AskAndPostAsync("https", interpreter, program, more);

    internal Task<ProgramRun> AskAndPostAsync(string scheme, string interpreter, string program, string[] more) =>
        RunAsync([interpreter, TestProgram.PathOf(program), $"{scheme}://origin.test/echo", UploadPath, .. more]);

    /// <summary>Leads origin.test to this machine, marks what passes, and goes nowhere else.</summary>
    internal static string Script(TestOrigin origin) => $$"""
        void OnUpstreamConnecting(UpstreamConnect connect)
        {
            if (connect.Host == "origin.test") connect.ConnectTo("127.0.0.1", connect.Port == 443 ? {{origin.HttpsEndPoint.Port}} : {{origin.HttpEndPoint.Port}});
            else connect.Refuse("Tests stay on this machine.");
        }

        void OnRequest(HttpFlow flow) => flow.Request.Headers["{{EchoOrigin.ThroughHeader}}"] = "{{ProxiedOrigin.Mark}}";
        """;
}
