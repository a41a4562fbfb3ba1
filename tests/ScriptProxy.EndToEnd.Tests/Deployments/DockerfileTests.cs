using System.Text.RegularExpressions;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Deployments;

/// <summary>There is no Docker where the tests run: what the Dockerfile names is looked up instead.</summary>
public sealed partial class DockerfileTests : IDisposable
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ProjectAndProgram_AreThoseOfTheRepository()
    {
        var project = Regex.Match(Text, @"dotnet publish (\S+)").Groups[1].Value;

        Assert.NotEmpty(Directory.GetFiles(Path.Combine(Repository.Root, project), "*.csproj"));
        Assert.Contains($"ENTRYPOINT [\"/app/{Path.GetFileName(Repository.Executable)}\"]", Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_AreOptions_WithValuesThatAreTaken()
    {
        var variables = Variable().Matches(Text).Select(match => (Name: match.Groups[1].Value, Value: match.Groups[2].Value)).ToList();
        Assert.Contains(variables, variable => variable.Name == "SCRIPTPROXY_LISTEN");
        Directory.CreateDirectory(_folder.PathOf("addons"));
        var command = new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName);
        foreach (var (name, value) in variables) command.Environment[name] = value.StartsWith('/') ? _folder.PathOf(Path.GetFileName(value).TrimStart('.')) : value;

        var options = (await command.RunAsync("--options")).Succeeded().Output;

        foreach (var (name, _) in variables) Assert.Contains(name, options, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsWrittenTo_IsAVolume()
    {
        var volumes = Regex.Match(Text, @"VOLUME \[(.*)\]").Groups[1].Value;

        foreach (var name in new[] { "SCRIPTPROXY_ADDONS", "SCRIPTPROXY_CA_DIR" })
            Assert.Contains($"\"{Variable().Matches(Text).Single(match => match.Groups[1].Value == name).Groups[2].Value}\"", volumes, StringComparison.Ordinal);
        Assert.Contains("USER $APP_UID", Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCheck_IsACommand()
    {
        var words = Regex.Match(Text, @"HEALTHCHECK .* CMD \[""/app/scriptproxy"", ""(\w+)""\]").Groups[1].Value;
        var command = new ClientProgram(Repository.Executable, "scriptproxy", _folder.FullName) { Environment = { ["SCRIPTPROXY_ADMIN"] = "127.0.0.1:1" } };

        var run = await command.RunAsync(words);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("127.0.0.1:1 does not answer", run.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(SCRIPTPROXY_[A-Z_]+)=(\S+)")]
    private static partial Regex Variable();
}
