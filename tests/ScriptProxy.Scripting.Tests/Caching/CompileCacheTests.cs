using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Scripting.Caching;
using ScriptProxy.Scripting.Compiling;
using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Tests.Caching;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class CompileCacheTests : IDisposable
{
    private const string Library = "string Name() => \"x\";";
    private const string Script = "#load \"lib.csx\"\n#r \"Lib.dll\"\n#warning look\nvoid OnRequest(HttpFlow flow) { flow.Tags.Add(Name() + Lib.Name); Thread.Sleep(0); }";

    private readonly ScriptFolder _folder = new();
    private readonly LogCapture _log = new();

    public CompileCacheTests()
    {
        _folder.Write("lib.csx", Library);
        Libraries.Build(_folder.PathOf("Lib.dll"), "public static class Lib { public static string Name => \"lib\"; }");
        _folder.Write("mask.csx", Script);
    }

    private string ScriptPath => _folder.PathOf("mask.csx");

    private string CacheFolder => _folder.PathOf("cache");

    private string Entry => Assert.Single(Directory.GetFiles(CacheFolder));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void StoredScript_IsFoundWhole()
    {
        var stored = Store();

        var found = Find()!;

        Assert.Equal(stored.Image, found.Image);
        Assert.Equal(stored.Symbols, found.Symbols);
        Assert.Equal(stored.SubmissionType, found.SubmissionType);
        Assert.Equal("Thread.Sleep", found.BlockingCall);
        Assert.Equal(stored.Sources, found.Sources);
        Assert.Equal(stored.Files.OrderBy(file => file.Path), found.Files.OrderBy(file => file.Path));
        Assert.Equal(stored.References.Select(reference => (reference.Name, reference.Path)), found.References.Select(reference => (reference.Name, reference.Path)));
        Assert.Equal(stored.References[0].Image, found.References[0].Image);
        Assert.Contains("warning CS1030", Assert.Single(found.Warnings), StringComparison.Ordinal);
        Assert.Equal(stored.Warnings, found.Warnings);
    }

    [Theory]
    [InlineData("mask.csx")]
    [InlineData("lib.csx")]
    [InlineData("Lib.dll")]
    public void ChangedFile_IsNotFound(string name)
    {
        Store();
        using (var file = new FileStream(_folder.PathOf(name), FileMode.Append)) file.WriteByte((byte)'\n');

        Assert.Null(Find());
    }

    [Fact]
    public void MissingFile_IsNotFound()
    {
        Store();
        File.Delete(_folder.PathOf("lib.csx"));

        Assert.Null(Find());
    }

    [Fact]
    public void TouchedFile_IsFound()
    {
        Store();
        File.SetLastWriteTimeUtc(ScriptPath, DateTime.UtcNow.AddDays(-3));

        Assert.NotNull(Find());
    }

    [Fact]
    public void CodeForADebugger_IsKeptApart()
    {
        Store();

        Assert.Null(Find(Cache(debug: true)));
    }

    [Fact]
    public void FilesOfAnOldEntry_AreNotAddedToTheSnapshot()
    {
        Store();
        _folder.Write("mask.csx", "void OnRequest(HttpFlow flow) { }");
        var files = new FileSnapshot();

        Assert.Null(Cache().Find(ScriptPath, files));

        Assert.Empty(files.Files);
    }

    [Fact]
    public void EntryCutOffAnywhere_IsIgnored()
    {
        Store();
        var bytes = File.ReadAllBytes(Entry);

        for (var length = 0; length < bytes.Length; length++) Assert.Null(CacheEntry.Read(bytes[..length], ScriptPath, new FileSnapshot()));
        Assert.NotNull(CacheEntry.Read(bytes, ScriptPath, new FileSnapshot()));
    }

    [Fact]
    public void EntryWithAChangedByte_IsIgnored()
    {
        Store();
        var bytes = File.ReadAllBytes(Entry);

        for (var index = 0; index < bytes.Length; index += 7)
        {
            bytes[index] ^= 0x20;
            Assert.Null(CacheEntry.Read(bytes, ScriptPath, new FileSnapshot()));
            bytes[index] ^= 0x20;
        }
    }

    [Fact]
    public void LengthThatPromisesTooMuch_IsIgnoredEvenWithTheRightHash()
    {
        Store();
        var bytes = File.ReadAllBytes(Entry);

        for (var index = 40; index < 400; index++)
        {
            var forged = bytes.ToArray();
            forged[index] = 0xff;
            System.Security.Cryptography.SHA256.HashData(forged.AsSpan(40), forged.AsSpan(8));
            var read = CacheEntry.Read(forged, ScriptPath, new FileSnapshot());
            Assert.True(read is null || read.Image.Length > 0);
        }
    }

    [Fact]
    public void EntryOfAnotherScript_IsIgnored()
    {
        Store();

        Assert.Null(CacheEntry.Read(File.ReadAllBytes(Entry), _folder.PathOf("other.csx"), new FileSnapshot()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public void TornEntry_IsReplaced(int length)
    {
        Store();
        File.WriteAllBytes(Entry, File.ReadAllBytes(Entry)[..length]);
        Assert.Null(Find());

        Store();

        Assert.NotNull(Find());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Folder_IsMadeForItsOwnerAlone()
    {
        Store();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(CacheFolder));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    public void FolderThatOthersMayUse_IsNeitherReadNorWritten(UnixFileMode others)
    {
        Store();
        File.SetUnixFileMode(CacheFolder, File.GetUnixFileMode(CacheFolder) | others);
        var cache = Cache();

        Assert.Null(Find(cache));
        cache.Store(Scripts.Compiled(ScriptPath));

        var warning = Assert.Single(_log.Lines);
        Assert.StartsWith($"Warning: {CacheFolder}: compiled scripts are not kept, every start compiles them again: others may use it (mode 7", warning, StringComparison.Ordinal);
        Assert.Contains($"Run: chmod 700 {CacheFolder}. ", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0b111_000_000, 1000, 1000, true)]
    [InlineData(0b111_000_000, 1001, 1000, false)]
    [InlineData(0b111_000_000, 1000, 0, false)]
    [InlineData(0b111_101_101, 1000, 1000, false)]
    [InlineData(0b111_101_101, 0, 1000, true)]
    [InlineData(0b111_111_101, 0, 1000, false)]
    [InlineData(0b111_101_101, 0, 0, false)]
    public void Folder_IsTrustedWhenNobodyElseCanWriteToIt(int mode, uint owner, uint user, bool trusted) =>
        Assert.Equal(trusted, PrivateFolder.Distrust("/cache", (UnixFileMode)mode, owner, user) is null);

    [Fact]
    public void FolderThatCannotBeMade_IsSaidOnce()
    {
        var cache = new CompileCache(_folder.PathOf("mask.csx/cache"), debug: false, _log, TimeProvider.System);

        Assert.Null(Find(cache));
        cache.Store(Scripts.Compiled(ScriptPath));
        cache.Store(Scripts.Compiled(ScriptPath));

        Assert.EndsWith("Choose another folder with --cache-dir, or none with --no-cache", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void FolderRemovedMeanwhile_IsMadeAgain()
    {
        var cache = Cache();
        cache.Store(Scripts.Compiled(ScriptPath));
        Directory.Delete(CacheFolder, recursive: true);

        cache.Store(Scripts.Compiled(ScriptPath));

        Assert.NotNull(Find(cache));
    }

    [Fact]
    public void WhatAKilledProcessLeft_IsRemovedAfterAnHour()
    {
        Store();
        var (old, young) = (Path.Combine(CacheFolder, "a.tmp"), Path.Combine(CacheFolder, "b.tmp"));
        foreach (var file in new[] { old, young }) File.WriteAllText(file, "half an entry");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));

        Store();

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public void EntryUnusedForAMonth_IsRemoved()
    {
        Store();
        var (old, other) = (Path.Combine(CacheFolder, "old.script"), Path.Combine(CacheFolder, "notes.txt"));
        foreach (var file in new[] { old, other })
        {
            File.WriteAllText(file, "");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-31));
        }

        Store();

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(other));
        Assert.NotNull(Find());
    }

    [Fact]
    public void EntryInUse_DoesNotAge()
    {
        Store();
        File.SetLastWriteTimeUtc(Entry, DateTime.UtcNow.AddDays(-29));

        Assert.NotNull(Find());

        Assert.True(File.GetLastWriteTimeUtc(Entry) > DateTime.UtcNow.AddHours(-1));
    }

    [Fact]
    public void TooManyBytes_PushOutTheOldest()
    {
        Store();
        var large = Path.Combine(CacheFolder, "large.script");
        using (var file = File.Create(large)) file.SetLength(200 * 1024 * 1024); // sparse
        File.SetLastWriteTimeUtc(large, DateTime.UtcNow.AddMinutes(-5));

        Store();

        Assert.False(File.Exists(large));
        Assert.NotNull(Find());
    }

    [Fact]
    public async Task ManyAtOnce_LeaveOneWholeEntry()
    {
        var script = Scripts.Compiled(ScriptPath);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Cache().Store(script))));

        Assert.NotNull(Find());
        Assert.EndsWith(".script", Entry, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/var/cache/me", "/home/me", "/var/cache/me/scriptproxy")]
    [InlineData(null, "/home/me", "/home/me/.cache/scriptproxy")]
    [InlineData("", "/home/me", "/home/me/.cache/scriptproxy")]
    [InlineData("relative", "/home/me", "/home/me/.cache/scriptproxy")]
    [InlineData(null, "", null)]
    public void DefaultFolder_FollowsTheBaseDirectorySpecification(string? cacheHome, string home, string? folder) =>
        Assert.Equal(folder, ScriptOptions.CacheDirectoryOf(cacheHome, home));

    private CompileCache Cache(bool debug = false) => new(CacheFolder, debug, _log, TimeProvider.System);

    private CompiledScript Store()
    {
        var script = Scripts.Compiled(ScriptPath);
        Cache().Store(script);
        return script;
    }

    private CompiledScript? Find(CompileCache? cache = null) =>
        (cache ?? new CompileCache(CacheFolder, debug: false, NullLogger.Instance, TimeProvider.System)).Find(ScriptPath, new FileSnapshot());
}
