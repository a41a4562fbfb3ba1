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
    public static string Redact(string url) => Redact(url, byDefault: true, []);

    /// <inheritdoc cref="Redact(string)"/>
    /// <param name="url">The text.</param>
    /// <param name="byDefault">Whether what is secret by default is masked.</param>
    /// <param name="names">Decoded names of parameters that are masked as well.</param>
    public static string Redact(string url, bool byDefault, IReadOnlyList<string> names)
    {
        var start = url.AsSpan().IndexOfAny(Suspicious);
        return start < 0 ? url : new Scan(url, byDefault, names).Run(isForm: false);
    }

    /// <summary>The fields of an urlencoded form with secrets masked; the same instance when there are none.</summary>
    /// <inheritdoc cref="Redact(string, bool, IReadOnlyList{string})"/>
    public static string RedactForm(string form, bool byDefault, IReadOnlyList<string> names) => new Scan(form, byDefault, names).Run(isForm: true);

    private ref struct Scan(string url, bool byDefault, IReadOnlyList<string> names)
    {
        private readonly ReadOnlySpan<char> _url = url;
        private StringBuilder? _result;
        private int _copied;
        private bool _inParameters;

        public string Run(bool isForm)
        {
            // Inside a parameter name: where it began, and how often the delimiter before it was encoded.
            var nameStart = isForm ? 0 : -1;
            var nameDepth = 0;
            _inParameters = isForm;

            var index = byDefault && _url.StartsWith("//") ? AfterUserInfo(2) : 0;
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
                        if (IsSecret(_url[nameStart..index]))
                        {
                            var end = EndOfValue(next, Math.Min(nameDepth, character.Depth));
                            Hide(next, end);
                            next = end;
                        }

                        nameStart = -1;
                        break;
                    case ':' when byDefault:
                        next = AfterScheme(next);
                        break;
                }

                index = next;
            }

            return _result is null ? url : _result.Append(_url[_copied..]).ToString();
        }

        private readonly bool IsSecret(ReadOnlySpan<char> name)
        {
            if (byDefault && SecretNames.IsParameter(name)) return true;
            for (var i = 0; i < names.Count; i++)
            {
                if (SecretNames.IsSame(name, names[i])) return true;
            }

            return false;
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
