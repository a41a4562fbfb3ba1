using System.Text;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Tests.Flows;

/// <summary>A coded body that streams, given in two pieces that meet at every offset.</summary>
public sealed class DecodingStreamTests
{
    private static readonly string Text = string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * 7919 % 1000}-"));

    public static TheoryData<string> Codings => ["gzip", "deflate", "raw-deflate", "br", "gzip, br", "deflate, gzip"];

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task SplitAnywhere_Decoded(string codings)
    {
        var coded = ContentCodings.Encode(Text, codings);
        for (var at = 0; at <= coded.Length; at++) Assert.Equal(Text, await DecodeAsync(codings, coded[..at], coded[at..]));
    }

    [Fact]
    public async Task SeveralGzipMembers_AreOneBody()
    {
        byte[] coded = [.. ContentCodings.Encode(Text, "gzip"), .. ContentCodings.Encode("more", "gzip")];
        for (var at = 0; at <= coded.Length; at++) Assert.Equal(Text + "more", await DecodeAsync("gzip", coded[..at], coded[at..]));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task CutShort_Refused(string codings)
    {
        var coded = ContentCodings.Encode(Text, codings);
        for (var length = 1; length < coded.Length; length++) await Assert.ThrowsAsync<InvalidDataException>(() => DecodeAsync(codings, coded[..length]));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task NotCodedAtAll_Refused(string coding) => await Assert.ThrowsAsync<InvalidDataException>(() => DecodeAsync(coding, "<html>plain</html>"u8.ToArray()));

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Nothing_StaysNothing(string codings) => Assert.Equal("", await DecodeAsync(codings));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Bomb_RefusedByItsProportion(string coding) =>
        await Assert.ThrowsAsync<BodyTooLargeException>(() => DecodeAsync(coding, ContentCodings.Encode(new byte[8_000_000], coding)));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task WhatWasFlushed_IsReadBeforeTheRestComes(string coding)
    {
        var coded = new MemoryStream();
        var encoder = ContentCoding.OpenEncoder(coded, coding);
        var source = new PiecesStream();
        var decoder = ContentCoding.OpenDecoder(source, coding);
        var buffer = new byte[100];
        for (var i = 0; i < 10; i++)
        {
            await encoder.WriteAsync(Encoding.ASCII.GetBytes($"event {i}"));
            await encoder.FlushAsync();
            source.Add(coded.ToArray());
            coded.SetLength(0);
            Assert.Equal($"event {i}", Encoding.ASCII.GetString(buffer, 0, await decoder.ReadAtLeastAsync(buffer, 7)));
        }
    }

    private static async Task<string> DecodeAsync(string codings, params byte[][] pieces)
    {
        var source = new PiecesStream();
        foreach (var piece in pieces) source.Add(piece);
        await using var decoder = ContentCoding.OpenDecoder(source, codings.Replace("raw-", "", StringComparison.Ordinal));
        var decoded = new MemoryStream();
        await decoder.CopyToAsync(decoded);
        return Encoding.UTF8.GetString(decoded.ToArray());
    }

    /// <summary>Gives a piece with each read, and ends after the last.</summary>
    private sealed class PiecesStream : MemoryStream
    {
        private readonly Queue<byte[]> _pieces = new();

        public void Add(byte[] piece)
        {
            if (piece.Length > 0) _pieces.Enqueue(piece);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_pieces.TryDequeue(out var piece)) return new(0);
            var count = Math.Min(piece.Length, buffer.Length);
            piece.AsMemory(0, count).CopyTo(buffer);
            if (count < piece.Length)
            {
                var rest = _pieces.ToArray();
                _pieces.Clear();
                _pieces.Enqueue(piece[count..]);
                foreach (var later in rest) _pieces.Enqueue(later);
            }

            return new(count);
        }
    }
}
