namespace ScriptProxy.Tests.Launching;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public class LaunchTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task ExitCode_IsThatOfTheCommand(string script, int expected)
    {
        await using var process = CommandProcess.Start(null, "-q", "--", "sh", "-c", script);

        Assert.Equal(expected, await process.ExitAsync());
        Assert.Empty(process.Errors);
    }

    [Theory]
    [InlineData(127, "no-such-program: there is no such program on PATH.", "no-such-program")]
    [InlineData(127, "./missing: there is no such program.", "./missing")]
    [InlineData(126, "./plain.txt: is not executable. Run: chmod +x ./plain.txt", "./plain.txt")]
    [InlineData(126, "./ca: is a folder, not a program.", "./ca")]
    [InlineData(126, "./garbage: cannot be run: it is no program for this machine. If it is a script, its first line has to name an interpreter: #!/bin/sh", "./garbage")]
    [InlineData(126, "./orphan: cannot be run: the interpreter that its first line names is missing.", "./orphan")]
    public async Task WhatCannotRun_IsSaidAsShellsDo(int exitCode, string expected, string program)
    {
        await using var process = CommandProcess.Start(
            folder =>
            {
                Directory.CreateDirectory(Path.Combine(folder, "ca"));
                File.WriteAllText(Path.Combine(folder, "plain.txt"), "text");
                foreach (var (name, text) in new[] { ("garbage", "\u0001\u0002"), ("orphan", "#!/no/such/interpreter\n") })
                {
                    File.WriteAllText(Path.Combine(folder, name), text);
                    File.SetUnixFileMode(Path.Combine(folder, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
                }
            },
            "--", program);

        Assert.Equal(exitCode, await process.ExitAsync());
        Assert.Equal([expected], process.Errors);
    }

    [Theory]
    [InlineData("-s", "missing.csx")]
    [InlineData("--listen", "nowhere")]
    [InlineData("--exempt", "http://a.test")]
    [InlineData("--mode", "nonsense")]
    public async Task ProxyThatDoesNotStart_DoesNotRunTheCommand(string option, string value)
    {
        await using var process = CommandProcess.Start(null, option, value, "--", "sh", "-c", "echo ran");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Single(process.Errors);
        Assert.Empty(process.Output);
    }

    [Fact]
    public async Task UsersWhosePasswordsNobodyKnows_AreNotEnoughForACommand()
    {
        await using var process = CommandProcess.Start(
            folder => File.WriteAllText(Path.Combine(folder, "users.txt"), "ada:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n"), "--proxy-auth-file", "users.txt", "--", "touch", "was-run");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal(["--proxy-auth-file users.txt: it holds no password that the command could be given. Add --proxy-auth USER:PASSWORD for the command."], process.Errors);
    }

    [Fact]
    public async Task NothingAfterTheDashes_IsWrongUse()
    {
        await using var process = CommandProcess.Start(null, "--");

        Assert.Equal(2, await process.ExitAsync());
        Assert.Equal(["--: expected a command after it, got nothing."], process.Errors);
    }

    [Fact]
    public async Task OutputAndErrors_AreThoseOfTheCommand_AndARemarkThatNothingCame()
    {
        await using var process = CommandProcess.Start(null, "--", "sh", "-c", "echo out; echo err >&2");

        Assert.Equal(0, await process.ExitAsync());
        Assert.Equal(["out"], process.Output);
        Assert.Equal(2, process.Errors.Length);
        Assert.Equal("err", process.Errors[0]);
        Assert.StartsWith("scriptproxy: nothing came through the proxy. Either sh made no requests, or only to hosts that are exempt (NO_PROXY=", process.Errors[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_AreGivenAsTheyAre()
    {
        await using var process = CommandProcess.Start(null, "-q", "--", "printf", "[%s]\\n", "a b", "", "--", "--help", "$HOME", "'\"");

        Assert.Equal(0, await process.ExitAsync());
        Assert.Equal(["[a b]", "[]", "[--]", "[--help]", "[$HOME]", "['\"]"], process.Output);
    }

    [Fact]
    public async Task OwnVariables_AreNotTheCommands()
    {
        await using var process = CommandProcess.Start(null, "-q", "--", "env");

        Assert.Equal(0, await process.ExitAsync());
        Assert.DoesNotContain(process.Output, line => line.StartsWith("SCRIPTPROXY_", StringComparison.Ordinal) || line.Contains("INLINE_COMPLETIONS", StringComparison.Ordinal));
        Assert.Contains(process.Output, line => line.StartsWith("HTTPS_PROXY=http://127.0.0.1:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task IgnoredSignals_AreNotInherited()
    {
        await using var process = CommandProcess.Start(null, "-q", "--", "sh", "-c", "yes | head -n 1; grep SigIgn /proc/self/status");

        Assert.Equal(0, await process.ExitAsync());
        Assert.Equal(["y", "SigIgn:\t0000000000000000"], process.Output);
        Assert.Empty(process.Errors);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("USR1")]
    public async Task Signal_IsHandedOn_AndTheCommandDecides(string name)
    {
        await using var process = CommandProcess.Start(null, "-q", "--", "sh", "-c", $"trap 'echo {name}; exit 5' {name}; echo ready; while :; do sleep 0.05; done");
        await process.UntilAsync(() => process.Output.Contains("ready"));

        process.Signal(name);

        Assert.Equal(5, await process.ExitAsync());
        Assert.Equal(["ready", name], process.Output);
    }

    [Fact]
    public async Task SignalThatTheCommandIgnores_DoesNotEndUs()
    {
        await using var process = CommandProcess.Start(null, "-q", "--", "sh", "-c", "trap 'echo no' TERM; echo ready; while [ ! -e done ]; do sleep 0.05; done; echo end");
        await process.UntilAsync(() => process.Output.Contains("ready"));

        process.Signal("TERM");
        process.Signal("TERM");
        await process.UntilAsync(() => process.Output.Contains("no"));
        await File.WriteAllTextAsync(process.PathOf("done"), "");

        Assert.Equal(0, await process.ExitAsync());
        Assert.Equal("end", process.Output[^1]);
    }

    [Fact]
    public async Task Flows_ArePrintedOnErrorsWhenAskedFor()
    {
        using var origin = new Origin();
        await using var process = CommandProcess.Start(
            null, "--quiet=false", "--proxy-loopback", "--", "sh", "-c", $"exec 3<>/dev/null; curl -s --noproxy '' -x $http_proxy http://127.0.0.1:{origin.Port}/path");

        Assert.Equal(0, await process.ExitAsync());
        Assert.Equal(["hello"], process.Output);
        Assert.Contains($" GET http://127.0.0.1:{origin.Port}/path 200 5 B", Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificateFolderThatCannotBeWritten_IsNoObstacle()
    {
        // A file where the folder would be made: even root cannot write there.
        await using var process = CommandProcess.Start(
            folder =>
            {
                Directory.CreateDirectory(Path.Combine(folder, "ca"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                File.WriteAllText(Path.Combine(folder, "ca", "clients"), "");
            },
            "-q", "--", "sh", "-c", "grep -m 1 BEGIN \"$SSL_CERT_FILE\" \"$NODE_EXTRA_CA_CERTS\" | cut -d: -f2; dirname \"$SSL_CERT_FILE\"");

        Assert.Equal(0, await process.ExitAsync());
        Assert.Equal(["-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"], process.Output[..2]);
        Assert.False(Directory.Exists(process.Output[2]), $"{process.Output[2]} was left behind.");
    }
}
