using System.Diagnostics.CodeAnalysis;

namespace Hatcheck.Crypto;

/// <summary>
/// The one error for every failure to open a cell, unwrap a key or read a Fernet token. It carries no detail on
/// purpose: which check failed would help only somebody who forges.
/// </summary>
[SuppressMessage("Roslynator", "RCS1194", Justification = "A message or an inner exception would be detail.")]
public sealed class CannotOpenException : Exception
{
    /// <summary>The only form there is.</summary>
    public CannotOpenException()
        : base("This cannot be opened.") { }
}

/// <summary>
/// A key could not be had from its file, environment variable or passphrase; the message says why and what to do, never the
/// key.
/// </summary>
[SuppressMessage("Roslynator", "RCS1194", Justification = "Without a message it would help nobody.")]
public sealed class KeySourceException : Exception
{
    /// <summary>Names the source and the remedy.</summary>
    public KeySourceException(string message)
        : base(message) { }

    /// <summary>Names the source and the remedy, with what the system reported.</summary>
    public KeySourceException(string message, Exception inner)
        : base(message, inner) { }
}
