namespace ScriptProxy.Cli.Commands;

/// <summary>What scriptproxy new writes: the same small addon as a script, as a single-file class, and as a plugin with a test project.</summary>
internal static class NewFiles
{
    /// <summary>A script with functions.</summary>
    public static IReadOnlyList<NewFile> Script(NewName name) =>
    [
        new($"{name.File}.csx", $$"""
            // {{name.File}}.csx, run with: scriptproxy -s {{name.File}}.csx
            // It is live again when it is saved. Its option: --set {{name.Key}}.header=X-Other, or scriptproxy.yaml.
            record Options { [Option("Header that tells the origin which flow a request belongs to.")] public string Header { get; init; } = "X-Flow-Id"; }
            Options options = new();

            void OnRequest(HttpFlow flow)
            {
                flow.Request.Headers[options.Header] = flow.Id;
            }

            void OnResponse(HttpFlow flow)
            {
                if (flow.Response!.StatusCode >= 500) flow.Tags.Add("server-error");
            }

            """),
    ];

    /// <summary>A single file with a class, which editors complete.</summary>
    public static IReadOnlyList<NewFile> Addon(NewName name) =>
    [
        new($"{name.File}.cs", $$"""
            #!/usr/bin/env -S scriptproxy -s
            #:package ScriptProxy.Abstractions@{{VersionInfo.Version}}
            #:property OutputType=Library
            using ScriptProxy;

            {{Class(name)}}
            """, IsExecutable: true),
    ];

    /// <summary>A class library with a test project.</summary>
    public static IReadOnlyList<NewFile> Plugin(NewName name) =>
    [
        new($"{name.File}/{name.Type}/{name.Type}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <!-- Copies what packages bring beside the DLL, and writes {name.Type}.deps.json. -->
                <EnableDynamicLoading>true</EnableDynamicLoading>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="ScriptProxy.Abstractions" Version="{VersionInfo.Version}" ExcludeAssets="runtime" />
              </ItemGroup>
            </Project>

            """),
        new($"{name.File}/{name.Type}/{name.Type}.cs", $"""
            using ScriptProxy;

            {Class(name)}
            """),
        new($"{name.File}/{name.Type}.Tests/{name.Type}.Tests.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <IsPackable>false</IsPackable>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Microsoft.NET.Test.Sdk" Version="18.11.0" />
                <PackageReference Include="ScriptProxy.Testing" Version="{VersionInfo.Version}" />
                <PackageReference Include="xunit" Version="2.9.3" />
                <PackageReference Include="xunit.runner.visualstudio" Version="4.0.1" PrivateAssets="all" />
                <ProjectReference Include="../{name.Type}/{name.Type}.csproj" />
              </ItemGroup>
            </Project>

            """),
        new($"{name.File}/{name.Type}.Tests/{name.Type}Tests.cs", $$"""
            using ScriptProxy.Testing;
            using Xunit;

            public class {{name.Type}}Tests
            {
                [Fact]
                public async Task Request_CarriesTheIdOfItsFlow()
                {
                    await using var host = await AddonHost.LoadAsync(new {{name.Type}} { Options = new() { Header = "X-Test" } });
                    var flow = FlowBuilder.Get("https://origin.test/").Build();

                    await host.RequestAsync(flow);

                    Assert.Equal(flow.Flow.Id, flow.Request.Headers["X-Test"]);
                }
            }

            """),
    ];

    private static string Class(NewName name) => $$"""
        public sealed record {{name.Type}}Options
        {
            [Option("Header that tells the origin which flow a request belongs to.")]
            public string Header { get; init; } = "X-Flow-Id";
        }

        public sealed class {{name.Type}} : Addon<{{name.Type}}Options>
        {
            public override ValueTask OnRequestAsync(HttpFlow flow)
            {
                flow.Request.Headers[Options.Header] = flow.Id;
                return default;
            }

            public override ValueTask OnResponseAsync(HttpFlow flow)
            {
                if (flow.Response!.StatusCode >= 500) flow.Tags.Add("server-error");
                return default;
            }
        }

        """;
}
