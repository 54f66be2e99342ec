namespace Hatcheck.Ids;

/// <summary>Who hears how a step goes. Nothing that is said holds an id, a hash or a key.</summary>
internal interface IReport
{
    /// <summary>A line for people.</summary>
    void Say(string line);

    /// <summary>Long work begins.</summary>
    /// <param name="what">As <c>fill public.users.telegram_id</c>.</param>
    /// <param name="done">Rows done before.</param>
    /// <param name="total">Rows altogether, as far as is known.</param>
    void Begin(string what, long done, long total);

    /// <summary>So many rows are done altogether.</summary>
    void Advance(long done);

    void End();
}
