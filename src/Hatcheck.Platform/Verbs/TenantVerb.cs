using System.CommandLine;
using System.CommandLine.Parsing;

namespace Hatcheck.Platform.Verbs;

/// <summary>A verb about one tenant, named by <c>--tenant</c>. Default: the only tenant.</summary>
internal sealed class TenantVerb : DatabaseVerb
{
    private readonly Option<string?> option = new("--tenant")
    {
        Description = "The tenant's id, or its name if no other has it. Default: the only tenant.",
        HelpName = "TENANT",
    };

    private readonly Argument<string?>? first;

    private TenantVerb(IVerbHost host, bool asArgument, string name, string description, string[] examples)
        : base(host, name, description, examples)
    {
        if (asArgument)
        {
            first = new Argument<string?>("tenant")
            {
                Description = "The same as --tenant.",
                Arity = ArgumentArity.ZeroOrOne,
                CustomParser = Given,
            };
            Add(first);
        }

        Add(option);
    }

    /// <summary>Takes the tenant as an option only, since the verb's first word is another argument.</summary>
    public static TenantVerb WithOption(IVerbHost host, string name, string description, params string[] examples) =>
        new(host, asArgument: false, name, description, examples);

    /// <summary>Takes the tenant also as the first word after the verb.</summary>
    public static TenantVerb WithArgument(IVerbHost host, string name, string description, params string[] examples) =>
        new(host, asArgument: true, name, description, examples);

    /// <summary>Sets the verb's action, which returns its exit code.</summary>
    public void Does(Func<TenantRun, CancellationToken, Task<int>> run) =>
        SetAction((parsed, cancellation) => RunAsync(Host, parsed, run, null, cancellation));

    /// <summary>Runs it for a host, possibly as another command line in a running server.</summary>
    public Task<int> RunAsync(
        IVerbHost host,
        ParseResult parsed,
        Func<TenantRun, CancellationToken, Task<int>> run,
        RemoteVerb? remote,
        CancellationToken cancellation
    ) =>
        host.WithDatabaseAsync(
            parsed,
            async (services, stop) =>
            {
                var tenant = await services.GetRequiredService<TenantDirectory>().FindAsync(Named(parsed), stop);
                return await run(new TenantRun(parsed, host.Terminal, services, Json(parsed), tenant), stop);
            },
            cancellation,
            remote,
            Access
        );

    /// <summary>Returns the tenant as named on the command line; null if none is.</summary>
    /// <exception cref="UsageException">The command line names two.</exception>
    public string? Named(ParseResult parsed) =>
        (parsed.GetValue(option), first is null ? null : parsed.GetValue(first)) switch
        {
            (not null, not null) => throw new UsageException("The tenant is named twice: with --tenant, and as the first word."),
            var (named, word) => named ?? word,
        };

    /// <summary>Leaves enough words for the verb's required arguments.</summary>
    private string? Given(ArgumentResult result)
    {
        var needed = Arguments.Count(argument => argument.Arity.MinimumNumberOfValues > 0);
        var given = ((CommandResult)result.Parent!).Tokens.Count;
        if (given > needed)
            return result.Tokens[0].Value;
        result.OnlyTake(0);
        return null;
    }
}
