using System.Text;
using ScriptProxy.Engine.Authentication;

namespace ScriptProxy.Engine.Tests.Authentication;

public class PasswordHashTests
{
    // Longer than the block of any of the hashes.
    private const string Long = "correct horse battery staple, and some more to pass 64 bytes of text";

    [Theory]
    [InlineData("$apr1$abcdefgh$5VEbMkemELfbhC5ck.U.z1", "pw")]
    [InlineData("$apr1$saltsalt$uuRYZMYOdg6H1P5bbV7i20", Long)]
    [InlineData("$1$abcdefgh$IQtUouv7y7Q9dRWkQEPCc.", "pw")]
    [InlineData("$1$saltsalt$9s6fw0fh98yQDeX3yGlre.", Long)]
    [InlineData("$5$abcdefgh$ijtOJ//yvc/9bq1g0llFn9dB688BwBDRD90DlKKSKE1", "pw")]
    [InlineData("$5$saltsalt$gSFbOV.hnTD88JcLwPrTYNwEAkkYik6bPoUF4F65tz7", Long)]
    [InlineData("$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA", "Hello world!")]
    [InlineData("$6$rounds=1400$anotherlongsalts$5FGyu8c4BZDX4wJgs0Un26YOw2XibT5eTkHF1I1aP3QqStoJI9BHD2YPJYsAjEePVGUyBjdZxcNqMWlrrbIOC.", "Hello world!")]
    [InlineData("$6$abcdefgh$KQeXafAQAaOoKTevphVU215RvJdgzyfASRasIOuh12hO8u0r1bGW92ZnTmC9IjsiQ8VPiTXBiZF49dFL1U4wX/", "pw")]
    [InlineData("$6$saltsalt$FCYJbA3SE4d/Mg.PFb1TTyq1ShqqEDM3ynR69sb2bBWCm.1Us2Or9F.41qZlc/85BWgWBVUOzrynkgcqSyaRI/", Long)]
    [InlineData("$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$g4BiOBrcHGnGTAdCcoA.WrLOFA69L2c9HA5vVpt2o7A", "pw")]
    [InlineData("{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=", "pw")]
    public void HashesOfOtherPrograms_MatchTheirPasswordAlone(string text, string password)
    {
        Assert.True(PasswordHash.TryParse(text, out var hash, out _));

        Assert.True(hash.Matches(Encoding.UTF8.GetBytes(password)));
        Assert.False(hash.Matches(Encoding.UTF8.GetBytes(password + "x")));
        Assert.False(hash.Matches(""u8));
        Assert.False(hash.Matches(new byte[PasswordHash.MaxPasswordBytes + 1]));
    }

    [Fact]
    public void OwnHash_IsReadAgain()
    {
        var text = Pbkdf2Hash.Of("Grüße"u8).ToString();

        Assert.True(PasswordHash.TryParse(text, out var hash, out _));
        Assert.True(hash.Matches("Grüße"u8));
        Assert.False(hash.Matches("Gruesse"u8));
        Assert.NotEqual(text, Pbkdf2Hash.Of("Grüße"u8).ToString());
    }

    [Theory]
    [InlineData("secret", "the password is not hashed, or in a way that is not known. Make the line with scriptproxy hash-password USER.")]
    [InlineData("$2y$05$abcdefghijklmnopqrstuu5s1v1l7a9B9K0f2qfZ1oQZQ1mJ7mXyS", "bcrypt hashes cannot be checked. Make the line again with scriptproxy hash-password USER.")]
    [InlineData("{SHA}AAAA", "this hash is damaged. Make the line again with scriptproxy hash-password USER.")]
    [InlineData("$5$salt$short", "this hash is damaged. Make the line again with scriptproxy hash-password USER.")]
    [InlineData("$6$rounds=99999999999$salt$x", "this hash is damaged. Make the line again with scriptproxy hash-password USER.")]
    [InlineData("$pbkdf2-sha256$0$AAAA$AAAA", "this hash is damaged. Make the line again with scriptproxy hash-password USER.")]
    public void WhatIsNoHash_IsRefusedWithTheRemedy(string text, string problem)
    {
        Assert.False(PasswordHash.TryParse(text, out _, out var said));
        Assert.Equal(problem, said);
    }
}
