namespace Hatcheck.Platform.Limits;

/// <summary>
/// A feature of a request: what it brought opens nothing, and yet nobody guessed. An expired token was the issuer's, and one
/// that can't be checked may be; neither slows down who else comes from that address (see <see cref="FailedSignIns"/>).
/// </summary>
internal sealed class NoGuess
{
    public static readonly NoGuess Instance = new();
}
