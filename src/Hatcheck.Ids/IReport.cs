namespace Hatcheck.Ids;

/// <summary>Receives the progress of a step. No text holds an id, a hash or a key.</summary>
internal interface IReport
{
    /// <summary>A line for people.</summary>
    void Note(string line);

    /// <summary>A long task begins.</summary>
    /// <param name="what">Such as <c>fill public.users.telegram_id</c>.</param>
    /// <param name="done">Rows done before.</param>
    /// <param name="total">Total rows, as far as is known.</param>
    void Begin(string what, long done, long total);

    /// <summary>Reports the number of rows done in total.</summary>
    void Advance(long done);

    void End();
}
