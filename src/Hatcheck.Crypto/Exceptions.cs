using System.Diagnostics.CodeAnalysis;

namespace Hatcheck.Crypto;

/// <summary>
/// The one error for every failure to open a cell, unwrap a key or read a Fernet token. Deliberately without detail:
/// knowing which check failed would only help a forger.
/// </summary>
[SuppressMessage("Roslynator", "RCS1194", Justification = "A message or an inner exception would be detail.")]
public sealed class CannotOpenException : Exception
{
    /// <summary>The only constructor.</summary>
    public CannotOpenException()
        : base("This cannot be opened.") { }
}

/// <summary>
/// A key could not be read from its file, environment variable or passphrase. The message names the cause and the remedy,
/// never the key.
/// </summary>
[SuppressMessage("Roslynator", "RCS1194", Justification = "It is useless without a message.")]
public sealed class KeySourceException : Exception
{
    /// <summary>Names the source and the remedy.</summary>
    public KeySourceException(string message)
        : base(message) { }

    /// <summary>Names the source and the remedy, with what the system reported.</summary>
    public KeySourceException(string message, Exception inner)
        : base(message, inner) { }
}
