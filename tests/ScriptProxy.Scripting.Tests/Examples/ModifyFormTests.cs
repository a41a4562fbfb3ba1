using ScriptProxy.Testing;

namespace ScriptProxy.Scripting.Tests.Examples;

public class ModifyFormTests
{
    [Fact]
    public async Task UrlEncodedForm_GetsTheField()
    {
        await using var host = await ExampleScripts.LoadAsync("modify-form.csx", "modify-form.fields={newsletter: 'no & never'}");
        var flow = FlowBuilder.Post("https://origin.test/").WithForm(("name", "Ada"), ("newsletter", "yes")).Build();

        await host.RunAsync(flow);

        Assert.Equal("name=Ada&newsletter=no+%26+never", flow.SentText);
    }

    [Fact]
    public async Task OtherBody_IsLeft()
    {
        await using var host = await ExampleScripts.LoadAsync("modify-form.csx", "modify-form.fields={newsletter: 'no'}");
        var flow = FlowBuilder.Post("https://origin.test/").WithText("newsletter=yes").Build();

        await host.RunAsync(flow);

        Assert.Equal("newsletter=yes", flow.SentText);
    }
}
