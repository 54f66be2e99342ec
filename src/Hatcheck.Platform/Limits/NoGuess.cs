namespace Hatcheck.Platform.Limits;

/// <summary>
/// A request feature: its credentials are invalid, but not a guess. An expired token came from the issuer, and one that
/// can't be checked may have. Neither delays others at that address (see <see cref="FailedSignIns"/>).
/// </summary>
internal sealed class NoGuess
{
    public static readonly NoGuess Instance = new();
}
