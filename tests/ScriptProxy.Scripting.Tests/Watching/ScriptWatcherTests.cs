using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Tests.Watching;

public sealed class ScriptWatcherTests : IDisposable
{
    private readonly ScriptFolder _folder = new();
    private readonly ScriptWatcher _watcher;

    public ScriptWatcherTests() => _watcher = new ScriptWatcher(_folder.PathOf("addons"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NothingChanged_NothingIsReported()
    {
        Watch("mask.csx", "a");

        Assert.Empty(_watcher.Poll());
        Assert.Empty(_watcher.Poll());
    }

    [Fact]
    public void Change_CountsWhenTwoLooksAgree()
    {
        var path = Watch("mask.csx", "a");

        _folder.Write("mask.csx", "a and more");
        Assert.Empty(_watcher.Poll());
        _folder.Write("mask.csx", "a and more and more");
        Assert.Empty(_watcher.Poll());

        Assert.Equal([path], _watcher.Poll());
    }

    [Fact]
    public void SaveThatKeepsTimeAndLength_IsSeen()
    {
        var path = Watch("mask.csx", "a");
        var before = File.GetLastWriteTimeUtc(path);

        _folder.Write("mask.csx", "b");
        File.SetLastWriteTimeUtc(path, before);

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void RenameThatKeepsTimeAndLength_IsSeen()
    {
        var path = Watch("mask.csx", "a");
        var other = _folder.Write("other", "b");
        File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(path));

        File.Move(other, path, overwrite: true);

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void ChangedScript_IsLookedAtAgainSoon()
    {
        Watch("mask.csx", "a");
        _watcher.Poll();
        Assert.False(_watcher.IsUnsettled);

        _folder.Write("mask.csx", "a and more");
        _watcher.Poll();

        Assert.True(_watcher.IsUnsettled);
    }

    [Fact]
    public void ChangedPlugin_IsGivenTime()
    {
        _watcher.Watch(_folder.Write("Mask/Mask.dll", "a"), []);
        _watcher.Poll();

        Assert.False(_watcher.IsUnsettled);
    }

    [Fact]
    public void NewFileInAPluginsFolder_IsSeen()
    {
        var plugin = Watch("Mask/Mask.dll", "a");

        _folder.Write("Mask/data/list.txt", "b");

        Assert.Equal([plugin], PollTwice());
    }

    [Fact]
    public void AtomicSave_IsSeen()
    {
        var path = Watch("mask.csx", "a");

        _folder.Replace("mask.csx", "b");

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void SwappedFolderLink_IsSeen()
    {
        // A Kubernetes ConfigMap: mask.csx -> ..data/mask.csx, ..data -> a folder with the time in its name.
        _folder.Write("..2024/mask.csx", "old one");
        _folder.Write("..2025/mask.csx", "new");
        Directory.CreateSymbolicLink(_folder.PathOf("..data"), "..2024");
        File.CreateSymbolicLink(_folder.PathOf("mask.csx"), "..data/mask.csx");
        var path = Watch("mask.csx");

        Directory.CreateSymbolicLink(_folder.PathOf("..data_tmp"), "..2025");
        Directory.Delete(_folder.PathOf("..data"));
        Directory.Move(_folder.PathOf("..data_tmp"), _folder.PathOf("..data"));

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void LinkToAnotherFile_IsSeen()
    {
        _folder.Write("one", "one");
        _folder.Write("two", "two");
        var path = File.CreateSymbolicLink(_folder.PathOf("mask.csx"), "one").FullName;
        Watch("mask.csx");

        File.Delete(path);
        File.CreateSymbolicLink(path, "two");

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void FileBehindALink_IsSeenToChange()
    {
        _folder.Write("one", "one");
        var path = File.CreateSymbolicLink(_folder.PathOf("mask.csx"), "one").FullName;
        Watch("mask.csx");

        _folder.Write("one", "one and more");

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void MissingFileThatComes_IsSeen()
    {
        var path = _folder.Write("mask.csx", "a");
        _watcher.Watch(path, [File_("mask.csx"), File_("lib.csx")]);

        _folder.Write("lib.csx", "b");

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void DeletedFile_IsReportedUntilAnswered()
    {
        var path = Watch("mask.csx", "a");

        File.Delete(path);

        Assert.Equal([path], PollTwice());
        Assert.Equal([path], _watcher.Poll());
        _watcher.Forget(path);
        Assert.Empty(_watcher.Poll());
    }

    [Fact]
    public void NewFileInTheAddonsFolder_IsReported()
    {
        Assert.Empty(PollTwice());

        var path = _folder.Write("addons/new.csx", "a");

        Assert.Equal([path], PollTwice());
    }

    [Fact]
    public void Folder_ListsScriptsByName()
    {
        foreach (var name in new[] { "b.csx", "a.cs", "C.CSX", "_lib.csx", ".hidden.csx", "b.csx~", "notes.txt", "sub/d.csx" }) _folder.Write("addons/" + name, "");

        Assert.Equal(["C.CSX", "a.cs", "b.csx"], ScriptWatcher.List(_folder.PathOf("addons")).Select(Path.GetFileName));
    }

    private string Watch(string name, string? content = null)
    {
        if (content is not null) _folder.Write(name, content);
        _watcher.Watch(_folder.PathOf(name), [File_(name)]);
        return _folder.PathOf(name);
    }

    private ScriptFile File_(string name)
    {
        var files = new FileSnapshot();
        files.Read(_folder.PathOf(name));
        return Assert.Single(files.Files);
    }

    private IReadOnlyList<string> PollTwice()
    {
        Assert.Empty(_watcher.Poll());
        return _watcher.Poll();
    }
}
