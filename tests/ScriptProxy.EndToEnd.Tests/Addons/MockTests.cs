using ScriptProxy.EndToEnd.Tests.Addons.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons;

[Collection(ShippedAddons.Name)]
public sealed class MockTests(AddonsFixture addons)
{
    private const string Responses = """
        - {url: http://origin.test/users/*, body: '{"id": 1}'}
        - {method: POST, url: /users, status: 201, headers: {Location: /users/2}}
        - {filter: "~u /flaky", status: 503, times: 2}
        - {url: /flaky, body: at last}
        - {url: /file, file: body.bin, headers: {Content-Type: image/png}}
        """;

    [Fact]
    public async Task Responses_AnswerInPlaceOfTheOrigin()
    {
        await using var run = await addons.StartAsync("  mock: {responses: '@mocks.yaml', otherwise: 418}", ("mocks.yaml", Responses), ("body.bin", "bytes"));

        var user = await run.CurlAsync("/users/7?x=1");
        Assert.Equal((200, "{\"id\": 1}", "application/json"), (user.Status, user.Text, user["Content-Type"]));
        var created = await run.CurlAsync("/users", "--data", "{}");
        Assert.Equal((201, "/users/2", "0"), (created.Status, created["Location"], created["Content-Length"]));
        Assert.Equal("503 503 200", await run.StatusesAsync("/flaky", "/flaky", "/flaky"));
        var file = await run.CurlAsync("/file");
        Assert.Equal(("bytes", "image/png"), (file.Text, file["Content-Type"]));
        Assert.Equal(418, (await run.CurlAsync("/else")).Status);
        Assert.Equal(200, (await run.CurlAsync("http://other.test/else")).Status);
    }

    [Fact]
    public async Task SavedList_IsLive_AndAWrongOneChangesNothing()
    {
        await using var run = await addons.StartAsync("  mock: {responses: '@mocks.yaml'}", ("mocks.yaml", "- {url: /a, body: one}\n"));
        Assert.Equal("one", await run.GetAsync("/a"));

        run.Folder.Write("mocks.yaml", "- {url: /a, body: two}\n");
        await run.Proxy.UntilLoggedAsync("mock.csx was replaced (generation 2");
        Assert.Equal("two", await run.GetAsync("/a"));

        run.Folder.Write("mocks.yaml", "- {url: /a, body: three}\n- {url: /b, status: 99}\n");
        await run.Proxy.UntilLoggedAsync("mocks.yaml(2,21): [1].status \"99\": expected 200 to 599");
        await run.Proxy.UntilLoggedAsync("mock.csx was not replaced; its running version (generation 2) stays");
        Assert.Equal("two", await run.GetAsync("/a"));
        run.MayLogErrors();
    }
}
