using ScriptProxy.Engine.Addons;

namespace ScriptProxy.Tests;

public class HooksDocumentTests
{
    [Fact]
    public void Document_SaysWhatTheCodeSays()
    {
        var path = Path.Combine(Repository.Root, "docs", "hooks.md");
        var expected = HooksDocument.Write(HookKind.All);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, expected);

        var actual = File.Exists(path) ? File.ReadAllText(path) : "";
        if (actual == expected) return;

        var copy = Path.Combine(Path.GetTempPath(), "hooks.expected.md");
        File.WriteAllText(copy, expected);
        Assert.Fail($"docs/hooks.md differs from the code ({copy} has what it should say). Refresh it: UPDATE_DOCS=1 dotnet test tests/ScriptProxy.Tests");
    }

    [Fact]
    public void EventsOfMitmproxy_LeadToHooksThatExist() =>
        Assert.Empty(HooksDocument.Events.Select(entry => entry.Hook).Where(hook => hook.Length > 0).Except(HookKind.All.Select(kind => kind.Name)).Except(["OnLoad", "OnUnload"]));

    [Fact]
    public void EventWithoutAHook_SaysWhy() => Assert.All(HooksDocument.Events.Where(entry => entry.Hook.Length == 0), entry => Assert.NotEmpty(entry.Difference));
}
