namespace Hatcheck.Server.Access.Callers;

/// <summary>
/// Marks a request whose token this installation made, though it opens nothing any more: its bearer guesses nothing, and every client finds
/// out so that its token has run out. Not counted among failed sign-ins.
/// </summary>
internal sealed class Genuine
{
    public static readonly Genuine Instance = new();
}
