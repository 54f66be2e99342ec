using Microsoft.Extensions.Options;

namespace Hatcheck.Platform;

/// <summary>
/// A section of the settings: its name, and the options class that gives each setting its default, range and words.
/// Known settings, their checks at the start and the registration all come from this one value.
/// </summary>
internal sealed record Settings
{
    private readonly Action<IServiceCollection> register;
    private readonly Func<object, IEnumerable<string>> together;

    private Settings(
        string section,
        Type options,
        Action<IServiceCollection> register,
        Func<object, IEnumerable<string>> together
    )
    {
        (Section, Options) = (section, options);
        this.register = register;
        this.together = together;
    }

    /// <summary>Such as <c>Database</c>.</summary>
    public string Section { get; }

    public Type Options { get; }

    /// <summary>A section whose attributes say all there is to check.</summary>
    public static Settings Of<TOptions>(string section)
        where TOptions : class => new(section, typeof(TOptions), services => Bind<TOptions>(services, section), _ => []);

    /// <summary>A section of which some settings depend on each other.</summary>
    public static Settings Of<TOptions, TCheck>(string section)
        where TOptions : class
        where TCheck : class, IValidateOptions<TOptions>, new() =>
        new(
            section,
            typeof(TOptions),
            services =>
            {
                Bind<TOptions>(services, section);
                services.AddSingleton<IValidateOptions<TOptions>, TCheck>();
            },
            options => new TCheck().Validate(null, (TOptions)options).Failures ?? []
        );

    /// <summary>Makes <c>IOptions</c> of it available.</summary>
    public void Register(IServiceCollection services) => register(services);

    /// <summary>What attributes can't say. Each fault begins with the setting's name and says what to do.</summary>
    public IEnumerable<string> Together(object options) => together(options);

    private static void Bind<TOptions>(IServiceCollection services, string section)
        where TOptions : class =>
        services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}
