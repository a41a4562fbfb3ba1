using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ScriptProxy.Scripting.Plugins;
using ScriptProxy.Scripting.Tests.Support;

namespace ScriptProxy.Scripting.Tests.Plugins;

public sealed class ContractPreflightTests : IDisposable
{
    private const string Members = """
        namespace ScriptProxy;
        public class Flow
        {
            public string Name { get; set; } = "";
            public void Tag(string tag) { }
            public T Get<T>(string key) => default!;
            public class Inner { public int Field; }
        }
        public abstract class Addon { public virtual void OnRequest(Flow flow) { } }
        public abstract class Addon<T> : Addon where T : new() { protected T Options { get; } = new(); }
        """;

    private const string Plugin = """
        using ScriptProxy;
        public class Settings { }
        public class Mask : Addon<Settings>
        {
            public override void OnRequest(Flow flow)
            {
                flow.Name += Options.ToString();
                flow.Tag(flow.Get<string>("x") + new Flow.Inner().Field + flow.ToString());
            }
            public override string ToString() => "mask";
        }
        """;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SameContract_IsAccepted() => Assert.Null(Check(Plugin, "1.2", Members, "1.2", Members));

    [Fact]
    public void OlderMinorVersion_IsAccepted() => Assert.Null(Check(Plugin, "1.1", Members, "1.2", Members));

    [Theory]
    [InlineData("2.0", "it was built against ScriptProxy.Abstractions 2.0, and this is 1.2: major versions do not mix. Build it against 1.2, or install scriptproxy 2.x.")]
    [InlineData("0.9", "it was built against ScriptProxy.Abstractions 0.9, and this is 1.2: major versions do not mix. Build it against 1.2, or install scriptproxy 0.x.")]
    [InlineData("1.3", "it was built against ScriptProxy.Abstractions 1.3, and this is 1.2. Update scriptproxy, or build the plugin against 1.2.")]
    public void OtherVersion_IsRefusedWithTheRemedy(string version, string problem) => Assert.Equal(problem, Check(Plugin, version, Members, "1.2", Members));

    [Theory]
    [InlineData("public string Name { get; set; } = \"\";", "", "Flow.Name")]
    [InlineData("public string Name { get; set; }", "internal string Name { get; set; }", "Flow.Name")]
    [InlineData("public void Tag(string tag) { }", "public void Tag(object tag) { }", "Flow.Tag")]
    [InlineData("public T Get<T>(string key) => default!;", "public string Get(string key) => key;", "Flow.Get")]
    [InlineData("public int Field;", "public long Field;", "Flow/Inner.Field")]
    [InlineData("public class Inner { public int Field; }", "", "Flow/Inner")]
    [InlineData("protected T Options { get; } = new();", "", "Addon`1.Options")]
    [InlineData("public virtual void OnRequest(Flow flow) { }", "public virtual void OnTraffic(Flow flow) { }", "Addon`1.OnRequest to override")]
    public void MemberThatIsGone_IsNamed(string before, string after, string missing) => Assert.Equal(
        $"it uses what ScriptProxy.Abstractions 1.2 does not have: {missing}. Build it against this version.",
        Check(Plugin, "1.2", Members, "1.2", Members.Replace(before, after, StringComparison.Ordinal)));

    [Fact]
    public void AssemblyWithoutTheContract_IsRefused() => Assert.Equal(
        "it does not reference ScriptProxy.Abstractions, so it cannot hold addons. Name the DLL whose classes derive from Addon.",
        new ContractPreflight(Contract.Current).Check(PluginBuild.Library(_folder.PathOf("Lib.dll"), "public class Lib { }")));

    [Fact]
    public void NativeLibrary_IsNoAssembly()
    {
        var path = _folder.PathOf("native.dll");
        File.WriteAllBytes(path, NativeImage());

        Assert.StartsWith("it is not a .NET assembly.", new ContractPreflight(Contract.Current).Check(path), StringComparison.Ordinal);
        Assert.Equal("it is not a .NET assembly.", PluginFolder.Incomplete(path));
    }

    [Fact]
    public void EverythingTheContractOffers_IsFoundInIt()
    {
        // Each public member of every public type, used from outside.
        var plugin = PluginBuild.Plugin(_folder.PathOf("Mask/Mask.dll"), """
            using System.Collections;
            using System.Text.Json.Nodes;
            public sealed class Mask : Addon
            {
                private AddonContext? _context;
                public override string Name => "mask";
                public override ValueTask OnLoadAsync(AddonContext context) { _context = context; context.Log(context.Name); return default; }
                public override ValueTask OnUnloadAsync() => default;
                public override ValueTask OnConnectAsync(ConnectFlow connect) { connect.Tunnel(); return default; }
                public override ValueTask OnTlsClientHelloAsync(TlsClientHello hello) { if (hello.ServerName is null) hello.Tunnel(); return default; }
                public override async ValueTask OnRequestAsync(HttpFlow flow)
                {
                    _context!.State.GetOrAdd("count", () => new List<int>()).Add(1);
                    foreach (var (name, value) in flow.Request.Headers) flow.Tags.Add(name + value);
                    flow.Request.Headers["X"] = flow.Id + flow.Request.Path + flow.Request.Host + flow.Client.RemoteEndPoint;
                    var json = await flow.Request.ReadJsonAsync<JsonNode>(flow.Aborted);
                    if (json is not null) flow.Request.SetJson(json);
                    flow.Metadata["x"] = flow.Error?.Type;
                    flow.Respond(200, "ok");
                    flow.Redirect("/"); flow.Block("no"); flow.Abort();
                }
                public override ValueTask OnResponseAsync(HttpFlow flow) { flow.Response!.StatusCode = 204; try { } catch (BodyTooLargeException exception) { Console.WriteLine(exception.Message); } return default; }
            }
            """);

        Assert.Null(new ContractPreflight(Contract.Current).Check(plugin));
    }

    private string? Check(string source, string builtVersion, string builtSource, string hostVersion, string hostSource)
    {
        var built = Stub("built", builtVersion, builtSource);
        var plugin = PluginBuild.Library(_folder.PathOf("Mask/Mask.dll"), source, built);
        using var host = new PEReader(File.OpenRead(Stub("host", hostVersion, hostSource)));
        return new ContractPreflight(new Contract(host.GetMetadataReader())).Check(plugin);
    }

    private string Stub(string folder, string version, string source) => PluginBuild.Library(
        _folder.PathOf($"{folder}/ScriptProxy.Abstractions.dll"), $"[assembly: System.Reflection.AssemblyVersion(\"{version}.0.0\")]\n{source}");

    /// <summary>The least that is a Windows DLL without .NET in it: the headers of a managed one without their entry for it.</summary>
    private byte[] NativeImage()
    {
        var image = File.ReadAllBytes(PluginBuild.Library(_folder.PathOf("Managed.dll"), "public class Lib { }"));
        using var reader = new PEReader(new MemoryStream(image));
        var directories = reader.PEHeaders.PEHeaderStartOffset + (reader.PEHeaders.PEHeader!.Magic == PEMagic.PE32Plus ? 112 : 96);
        image.AsSpan(directories + (14 * 8), 8).Clear();
        return image;
    }
}
