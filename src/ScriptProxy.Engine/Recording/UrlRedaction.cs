using System.Buffers;
using System.Text;

namespace ScriptProxy.Engine.Recording;

/// <summary>
/// Masks the secrets of a URL: user information (user:password@) and the values of secret parameters, in query, fragment and path
/// parameters (;jsessionid=…), also of URLs that are parameters themselves. When in doubt where a value ends, more is masked.
/// </summary>
internal static class UrlRedaction
{
    private static readonly SearchValues<char> Suspicious = SearchValues.Create("?#&;@%");

    /// <summary>The URL, or any text with URLs in it, with secrets masked; the same instance when there are none.</summary>
    public static string Redact(string url)
    {
        var start = url.AsSpan().IndexOfAny(Suspicious);
        return start < 0 ? url : new Scan(url).Run();
    }

    private ref struct Scan(string url)
    {
        private readonly ReadOnlySpan<char> _url = url;
        private StringBuilder? _result;
        private int _copied;
        private bool _inParameters;

        public string Run()
        {
            // Inside a parameter name: where it began, and how often the delimiter before it was encoded.
            var nameStart = -1;
            var nameDepth = 0;

            var index = _url.StartsWith("//") ? AfterUserInfo(2) : 0;
            while (index < _url.Length)
            {
                var character = UrlCharacter.Read(_url, index);
                var next = index + character.Length;
                switch (character.Value)
                {
                    case '?' or '#' or '&' or ';':
                        _inParameters |= character.Value != ';';
                        nameStart = next;
                        nameDepth = character.Depth;
                        break;
                    case '=' when nameStart >= 0:
                        if (SecretNames.IsParameter(_url[nameStart..index]))
                        {
                            var end = EndOfValue(next, Math.Min(nameDepth, character.Depth));
                            Hide(next, end);
                            next = end;
                        }

                        nameStart = -1;
                        break;
                    case ':':
                        next = AfterScheme(next);
                        break;
                }

                index = next;
            }

            return _result is null ? url : _result.Append(_url[_copied..]).ToString();
        }

        /// <summary>Where the value ends: at an ampersand encoded no more often than the parameter itself.</summary>
        private readonly int EndOfValue(int index, int depth)
        {
            while (index < _url.Length)
            {
                var character = UrlCharacter.Read(_url, index);
                if (character.Value == '&' && character.Depth <= depth) break;
                index += character.Length;
            }

            return index;
        }

        /// <summary>After a colon: when two slashes follow, an authority begins, whose user information is hidden.</summary>
        private int AfterScheme(int index)
        {
            var after = index;
            for (var slashes = 0; slashes < 2; slashes++)
            {
                if (after >= _url.Length) return index;
                var character = UrlCharacter.Read(_url, after);
                if (character.Value is not ('/' or '\\')) return index;
                after += character.Length;
            }

            return AfterUserInfo(after);
        }

        private int AfterUserInfo(int start)
        {
            var at = -1;
            for (var index = start; index < _url.Length;)
            {
                var character = UrlCharacter.Read(_url, index);
                if (character.Value is '/' or '\\' or '?' or '#' or ' ' || (character.Value == '&' && _inParameters)) break;
                if (character.Value == '@') at = index;
                index += character.Length;
            }

            if (at < 0) return start;
            Hide(start, at);
            return at;
        }

        private void Hide(int start, int end)
        {
            if (start == end) return;
            _result ??= new StringBuilder(_url.Length + 16);
            _result.Append(_url[_copied..start]).Append(SecretMask.Of(_url[start..end]));
            _copied = end;
        }
    }
}
