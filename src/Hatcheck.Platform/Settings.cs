using Microsoft.Extensions.Options;

namespace Hatcheck.Platform;

/// <summary>
/// A section of the settings: its name, and the options class with each setting's default, range and description. The known
/// settings, their checks at start-up and their registration all come from this value.
/// </summary>
internal sealed record Settings
{
    private readonly Action<IServiceCollection> register;
    private readonly Func<object, IEnumerable<string>> faults;

    private Settings(string section, Type options, Action<IServiceCollection> register, Func<object, IEnumerable<string>> faults)
    {
        (Section, Options) = (section, options);
        this.register = register;
        this.faults = faults;
    }

    /// <summary>Such as <c>Database</c>.</summary>
    public string Section { get; }

    public Type Options { get; }

    /// <summary>A section that attributes validate completely.</summary>
    public static Settings Of<TOptions>(string section)
        where TOptions : class => new(section, typeof(TOptions), services => Bind<TOptions>(services, section), _ => []);

    /// <summary>A section with settings that depend on each other.</summary>
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

    /// <summary>Registers its <c>IOptions</c>.</summary>
    public void Register(IServiceCollection services) => register(services);

    /// <summary>Checks what attributes can't. Each fault begins with the setting's name and says what to do.</summary>
    public IEnumerable<string> Faults(object options) => faults(options);

    private static void Bind<TOptions>(IServiceCollection services, string section)
        where TOptions : class =>
        services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}
