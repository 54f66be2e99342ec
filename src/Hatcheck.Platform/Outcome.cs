using Hatcheck.Platform.Http;

namespace Hatcheck.Platform;

/// <summary>The outcome of a change, whatever its value: done or refused.</summary>
internal abstract record Outcome
{
    /// <summary>The reason for the refusal; null if it was done.</summary>
    public abstract Refusal? Refusal { get; }
}

/// <summary>
/// The outcome of a change: a value, or the reason why nothing was stored. Both convert to it implicitly. Faults and
/// outages are exceptions, never a refusal.
/// </summary>
internal abstract record Outcome<T> : Outcome
{
    private Outcome() { }

    public static implicit operator Outcome<T>(T value) => new Done(value);

    public static implicit operator Outcome<T>(Refusal why) => new Refused(why);

    /// <summary>Converts it to the response of a request.</summary>
    /// <param name="done">Builds the response where it was done, such as <c>TypedResults.Ok</c>.</param>
    public Microsoft.AspNetCore.Http.HttpResults.Results<TResult, Problem> ToResult<TResult>(Func<T, TResult> done)
        where TResult : IResult => this is Done(var value) ? done(value) : ToProblem();

    /// <summary>The problem that answers a refusal.</summary>
    public Problem ToProblem() => Refusal!.ToProblem();

    /// <summary>Returns the value, for a verb of the command line.</summary>
    /// <param name="noSuchUser">The message where the user is absent or gone; null for the refusal's own words.</param>
    /// <exception cref="OperatorException">It was refused.</exception>
    public T OrThrow(string? noSuchUser = null) =>
        this switch
        {
            Done(var value) => value,
            Refused { Why: Refusal.Absent or Refusal.Gone } when noSuchUser is not null => throw new OperatorException(
                noSuchUser
            ),
            _ => throw Refusal!.ToFault(),
        };

    /// <summary>Runs the next step if this one was done.</summary>
    public async Task<Outcome<TNext>> ThenAsync<TNext>(Func<T, Task<Outcome<TNext>>> next) =>
        this is Done(var value) ? await next(value) : Refusal!;

    internal sealed record Done(T Value) : Outcome<T>
    {
        public override Refusal? Refusal => null;
    }

    internal sealed record Refused(Refusal Why) : Outcome<T>
    {
        public override Refusal Refusal => Why;
    }
}
