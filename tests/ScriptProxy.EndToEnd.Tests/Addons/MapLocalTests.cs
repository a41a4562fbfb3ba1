using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class MapLocalTests(AddonsFixture addons)
{
    private const string Rules = """
          map-local:
            rules:
              - '|http://origin.test/static|./static'
              - '|http://origin.test/one$|./one.json'
        """;

    private static readonly (string, string)[] Files = [("static/index.html", "<p>index</p>"), ("static/a b.css", "p {}"), ("static/sub/x.txt", "deep"), ("one.json", "{}"), ("secret.txt", "secret")];

    [Fact]
    public async Task FileInPlaceOfTheOrigin_IsServed()
    {
        await using var run = await addons.StartAsync(Rules, Files);
        foreach (var (path, text, type) in ((string, string, string)[])
        [
            ("/static/", "<p>index</p>", "text/html; charset=utf-8"), ("/static/a%20b.css?v=1", "p {}", "text/css; charset=utf-8"), ("/static/sub/x.txt", "deep", "text/plain; charset=utf-8"), ("/one", "{}", "application/json"),
        ])
        {
            var answer = await run.CurlAsync(path);
            Assert.Equal((200, text, type), (answer.Status, answer.Text, answer["Content-Type"]));
            var head = await run.CurlAsync(path, "--head");
            Assert.Equal((0, 200, $"{text.Length}"), (head.ExitCode, head.Status, head["Content-Length"]));
        }
    }

    [Fact]
    public async Task WhatIsNotThereOrNotTheirs_IsNotFound()
    {
        await using var run = await addons.StartAsync(Rules, Files);
        foreach (var path in (string[])["missing.txt", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "sub/../../secret.txt", "/etc/passwd", "%2fetc%2fpasswd", "%00"])
        {
            var answer = await run.CurlAsync("/static/" + path, "--path-as-is");

            Assert.Equal((404, "There is no local file for this URL.\n"), (answer.Status, answer.Text));
        }
    }

    [Fact]
    public async Task ChangedFile_IsServedAtOnce_AndElseTheOriginAnswers()
    {
        await using var run = await addons.StartAsync(Rules, Files);
        run.Folder.Write("static/index.html", "changed");

        Assert.Equal("changed", await run.GetAsync("/static"));
        Assert.StartsWith("GET /other\n", await run.GetAsync("/other"), StringComparison.Ordinal);
    }
}
