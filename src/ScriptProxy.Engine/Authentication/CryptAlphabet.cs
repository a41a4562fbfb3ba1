using System.Text;

namespace ScriptProxy.Engine.Authentication;

/// <summary>The way in which crypt(3) writes bytes: three of them, in an order of the algorithm's own, as four characters.</summary>
internal static class CryptAlphabet
{
    private const string Characters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Appends up to 24 bits, the lowest six first.</summary>
    public static void Append(StringBuilder text, int high, int middle, int low, int characters = 4)
    {
        var bits = (high << 16) | (middle << 8) | low;
        for (var i = 0; i < characters; i++, bits >>= 6) text.Append(Characters[bits & 63]);
    }
}
