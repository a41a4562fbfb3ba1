using ScriptProxy.Engine.Authentication;

namespace ScriptProxy.Engine.Tests.Authentication;

public class UserFileTests
{
    private const string Hash = "{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=";

    [Fact]
    public void Users_AreFoundByName()
    {
        var file = UserFile.Parse("users", $"# people\n\nann:{Hash}\r\nbob:{Hash}\n", out var problem);

        Assert.Null(problem);
        Assert.Equal(2, file!.Count);
        Assert.True(file.Find("ann")!.Matches("pw"u8));
        Assert.Null(file.Find("Ann"));
    }

    [Theory]
    [InlineData("", "users: there is no user in it.")]
    [InlineData("\nann\n", "users(2): expected user:hash.")]
    [InlineData(":" + Hash, "users(1): expected user:hash.")]
    [InlineData("ann:secret", "users(1): the password is not hashed")]
    [InlineData("ann:" + Hash + "\nann:" + Hash, "users(2): this user has a line already.")]
    public void BadFile_IsNamedWithItsLine(string text, string expected)
    {
        Assert.Null(UserFile.Parse("users", text, out var problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }
}
