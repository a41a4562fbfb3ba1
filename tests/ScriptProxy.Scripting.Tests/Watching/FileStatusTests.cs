using ScriptProxy.Scripting.Tests.Support;
using ScriptProxy.Scripting.Watching;

namespace ScriptProxy.Scripting.Tests.Watching;

public sealed class FileStatusTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OwnFile_BelongsToTheCurrentUser() => Assert.Equal(FileStatus.CurrentUser(), FileStatus.Of(_folder.Write("a", ""))!.Value.Owner);

    [Fact]
    public void Changed_IsTheSystemsTime()
    {
        var path = _folder.Write("a", "");
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);

        var changed = DateTime.UnixEpoch.AddTicks(FileStatus.Of(path)!.Value.Changed / 100);

        Assert.InRange(changed, DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddSeconds(1));
    }

    [Fact]
    public void MissingFile_HasNone() => Assert.Null(FileStatus.Of(_folder.PathOf("none")));
}
