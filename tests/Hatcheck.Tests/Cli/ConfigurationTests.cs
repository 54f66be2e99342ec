using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Hatcheck.Cli.Configuration;
using Hatcheck.Platform.Http;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Microsoft.Extensions.Configuration;

namespace Hatcheck.Tests.Cli;

public sealed partial class ConfigurationTests
{
    [Fact]
    public async Task Every_error_is_told_at_once_with_its_setting_and_no_value()
    {
        var answer = await CommandLine.RunAsync(
            "serve",
            "--set",
            "Database:Provider=postgres",
            "--set",
            "Database:PoolSize=canary",
            "--set",
            "Database:Nonsense=1",
            "--set",
            "Foo:Bar=1",
            "--set",
            "Keys:Provider=environment",
            "--set",
            "Urls=ftp://canary",
            "--set",
            "Logging:Level=Loud",
            "--set",
            "Telemetry:MetricsInterval=00:00:00.5",
            "--set",
            "Telemetry:OtlpEndpoint=canary",
            "--set",
            "SignIn:Issuers:0:Nmae=canary",
            "--set",
            "SignIn:Issuers:0:CreateUsers=canary",
            "--set",
            "SignIn:Issuers:1:Name=canary-name",
            "--set",
            "Webhooks:Clerk:0:Nmae=canary",
            "--set",
            "Webhooks:Clerk:0:Tenant=canary"
        );
        answer.ExitCode.ShouldBe(3);
        foreach (
            var setting in (string[])
                [
                    "Database:PoolSize (Database__PoolSize)",
                    "Database:Nonsense",
                    "Foo",
                    "Keys:Value",
                    "Urls",
                    "Logging:Level",
                    "Telemetry:MetricsInterval",
                    "Telemetry:OtlpEndpoint",
                    "SignIn:Issuers:0:Nmae",
                    "SignIn:Issuers:0:CreateUsers (SignIn__Issuers__0__CreateUsers)",
                    "Webhooks:Clerk:0:Nmae",
                    "Webhooks:Clerk:0:Tenant (Webhooks__Clerk__0__Tenant)",
                ]
        )
            answer.Error.ShouldContain($"  {setting}");
        answer.Error.ShouldNotContain("canary");
    }

    [Fact]
    public async Task Every_fault_of_a_sign_in_issuer_is_told_at_once()
    {
        var answer = await CommandLine.RunAsync(
            "serve",
            "--set",
            "SignIn:Issuers:0:Name=a",
            "--set",
            "SignIn:Issuers:0:Authority=http://canary.example",
            "--set",
            "SignIn:Issuers:0:Algorithms:0=none",
            "--set",
            "SignIn:Issuers:0:ClockSkew=00:03:00",
            "--set",
            "SignIn:Issuers:1:Name=a",
            "--set",
            "SignIn:Issuers:1:Secret=canary",
            "--set",
            "SignIn:Issuers:1:Algorithms:0=RS256",
            "--set",
            "SignIn:Issuers:1:For=everybody",
            "--set",
            "SignIn:Issuers:1:Tenant=00000000-0000-0000-0000-000000000001",
            "--set",
            "SignIn:Issuers:1:AuthorizedParties:0=x"
        );
        answer.ExitCode.ShouldBe(3);
        string[] told =
        [
            "0:Authority",
            "0:Audiences",
            "0:Algorithms",
            "0:Tenant",
            "0:For",
            "0:ClockSkew",
            "1:Name",
            "1:Secret",
            "1:Issuer",
            "1:Algorithms",
            "1:For",
        ];
        foreach (var setting in told)
            answer.Error.ShouldContain($"  SignIn:Issuers:{setting} (");
        answer.Error.Split("SignIn:Issuers:").Length.ShouldBe(told.Length + 1, answer.Error);
    }

    [Fact]
    public async Task Every_fault_of_a_webhook_end_point_is_told_at_once()
    {
        var answer = await CommandLine.RunAsync(
            "serve",
            "--set",
            "Webhooks:Clerk:0:Name=a b",
            "--set",
            "Webhooks:Clerk:0:Secrets:0=canary",
            "--set",
            "Webhooks:Clerk:1:Name=c",
            "--set",
            "Webhooks:Clerk:1:SecretFile=/no/canary",
            "--set",
            "Webhooks:Clerk:1:Issuer=Ü",
            "--set",
            "Webhooks:Clerk:2:Name=c",
            "--set",
            "Webhooks:Clerk:2:Tenant=00000000-0000-0000-0000-000000000001",
            "--set",
            "Webhooks:Tolerance=01:00:00",
            "--set",
            "Inbox:MaxAttempts=0"
        );
        answer.ExitCode.ShouldBe(3);
        string[] told =
        [
            "Tolerance",
            "Clerk:0:Name",
            "Clerk:0:Tenant",
            "Clerk:0:Secrets",
            "Clerk:1:Issuer",
            "Clerk:1:Tenant",
            "Clerk:1:SecretFile",
            "Clerk:2:Name",
            "Clerk:2:SecretFile",
        ];
        foreach (var setting in told)
            answer.Error.ShouldContain($"  Webhooks:{setting} (");
        answer.Error.Split("  Webhooks:").Length.ShouldBe(told.Length + 1, answer.Error);
        answer.Error.ShouldContain("  Inbox:MaxAttempts (");
        answer.Error.ShouldNotContain("canary");
    }

    [Theory]
    [InlineData("http://0.0.0.0:9464", "other machines can reach it")]
    [InlineData("http://[::]:9464", "other machines can reach it")]
    [InlineData("http://192.0.2.7:9464", "other machines can reach it")]
    [InlineData("https://127.0.0.1:9464", "plain http")]
    [InlineData("http://metrics.example:9464", "plain http")]
    [InlineData("http://127.0.0.1:9464/canary", "plain http")]
    [InlineData("http://*:9464", "plain http")]
    [InlineData("9464", "plain http")]
    [InlineData("http://127.0.0.1:8080", "Urls has its port too")]
    public void Metrics_are_not_shown_to_others_without_a_token(string url, string told)
    {
        var faults = KnownSettings.Faults(
            new ConfigurationBuilder()
                .AddInMemoryCollection([KeyValuePair.Create("Telemetry:PrometheusUrl", (string?)url)])
                .Build()
        );
        faults.ShouldHaveSingleItem().ShouldStartWith("Telemetry:PrometheusUrl (Telemetry__PrometheusUrl): ");
        faults[0].ShouldContain(told);
        faults[0].ShouldNotContain("canary");
    }

    [Theory]
    [InlineData("short", 1)]
    [InlineData("0123456789abcdef 0123456789abcdef", 1)]
    [InlineData("0123456789abcdef0123456789abcdef", 0)]
    public async Task With_a_token_metrics_may_be_shown_to_others(string token, int faults)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, token);
        var found = KnownSettings.Faults(
            new ConfigurationBuilder()
                .AddInMemoryCollection([
                    KeyValuePair.Create("Telemetry:PrometheusUrl", (string?)"http://0.0.0.0:9464"),
                    KeyValuePair.Create("Telemetry:PrometheusTokenFile", (string?)file),
                ])
                .Build()
        );
        File.Delete(file);
        found.Count.ShouldBe(faults);
        if (faults > 0)
            found[0].ShouldStartWith("Telemetry:PrometheusTokenFile (");
    }

    [Fact]
    public async Task A_file_that_is_missing_or_no_json_is_told_without_its_content()
    {
        (await CommandLine.RunAsync("doctor", "--config", "/nowhere/at.all")).Output.ShouldContain("no such file");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{\n  \"Keys\": { \"Value\": canary }\n}");
        var answer = await CommandLine.RunAsync("serve", "--config", file);
        File.Delete(file);
        answer.ExitCode.ShouldBe(3);
        answer.Error.ShouldContain("line 2");
        answer.Error.ShouldNotContain("canary");
    }

    [Fact]
    public void Every_options_class_of_the_server_is_known()
    {
        var declared = Composition
            .Assemblies.All.Append(typeof(KnownSettings).Assembly)
            .SelectMany(part => part.GetTypes())
            .Where(type => type.GetField("Section", BindingFlags.Public | BindingFlags.Static) is { IsLiteral: true })
            .Select(type => type.Name);
        KnownSettings.Sections.Select(section => section.Options.Name).ShouldBe(declared, ignoreOrder: true);
    }

    [Fact]
    public void The_page_of_settings_is_what_the_code_says()
    {
        var page = new System.Text.StringBuilder(Preamble);
        foreach (var (section, type) in KnownSettings.Sections.Select(known => (known.Section, known.Options)))
        {
            page.Append(
                $"\n## {section}\n\n{Summary($"T:{type.FullName}")}\n\n| setting | environment variable | default | "
                    + "meaning |\n|---|---|---|---|\n"
            );
            foreach (var (name, property) in KnownSettings.NamesOf(type))
                page.Append(
                    $"| `{section}:{name}` | `{section}__{name.Replace(":", "__")}` | {Default(property)} | "
                        + $"{Summary($"P:{property.DeclaringType!.FullName}.{property.Name}")} |\n"
                );
        }

        Approved.Match(page.ToString(), "docs", "operations", "configuration.md");
    }

    [Fact]
    public async Task The_example_files_values_are_usable_as_they_stand()
    {
        var lines = await File.ReadAllLinesAsync(Repository.PathOf(".env.example"));
        var named = lines
            .Select(line => Setting().Match(line))
            .Where(match => match.Success)
            .ToDictionary(
                match => match.Groups["name"].Value.Replace("__", ":"),
                match => match.Groups["value"].Value,
                StringComparer.Ordinal
            );
        named.ShouldContainKey(Listening.Setting);
        // A list is set by its entries; the bots' settings have their own test.
        KnownSettings
            .Sections.SelectMany(
                known => KnownSettings.NamesOf(known.Options),
                (known, setting) => $"{known.Section}:{setting.Name}"
            )
            .Append(Listening.Setting)
            .Where(setting => setting is not ("SignIn:Issuers" or "Webhooks:Clerk" or "TelegramLogin:Bots"))
            .ShouldBe(
                named.Keys.Where(setting =>
                    !setting.StartsWith("Bot:", StringComparison.Ordinal)
                    && !setting.StartsWith("Hatcheck:", StringComparison.Ordinal)
                ),
                ignoreOrder: true
            );
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                named
                    .Where(pair => pair.Value.Length > 0 && !pair.Value.Contains('…'))
                    .Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))
            )
            .Build();
        KnownSettings.Faults(configuration).ShouldBeEmpty();
    }

    private static string Default(PropertyInfo property) =>
        property.GetValue(Activator.CreateInstance(property.DeclaringType!)) switch
        {
            null or "" or System.Collections.ICollection or Guid => "—",
            bool flag => flag ? "`true`" : "`false`",
            var value => $"`{value}`",
        };

    // The compiler writes doc comments beside the assembly.
    private static string Summary(string member)
    {
        var summary =
            Composition
                .Assemblies.All.Select(part => XDocument.Load(Path.ChangeExtension(part.Location, ".xml")))
                .SelectMany(file => file.Descendants("member"))
                .FirstOrDefault(element => element.Attribute("name")?.Value == member)
                ?.Element("summary")
            ?? throw new InvalidOperationException($"{member} has no doc comment.");
        var text = string.Concat(
            summary
                .Nodes()
                .Select(node =>
                    node switch
                    {
                        XText words => words.Value,
                        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                        XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('.')[^1]}`",
                        _ => "",
                    }
                )
        );
        return Spaces().Replace(text, " ").Trim();
    }

    private const string Preamble =
        """
            # Configuration

            <!-- Written by ConfigurationTests from the options classes; HATCHECK_APPROVE=1 writes it anew. -->

            Settings have three sources; a later one wins: `--config FILE` (JSON:
            `{ "Database": { "Provider": "postgres" } }`), environment variables (`Database__Provider=postgres`), and the
            command line (`--set Database:Provider=postgres`; `--data` and `--urls` for short). The server checks all of them
            before it starts: the error names each wrong or unknown setting and its remedy, and the exit code is 3.
            `hatcheck doctor` checks the same and more. `.env.example` has every setting in the form of environment variables.

            | setting | environment variable | default | meaning |
            |---|---|---|---|
            | `Urls` | `Urls` | `http://127.0.0.1:8080` | Addresses to listen on, separated by semicolons;
            """ + " port 0 takes a free one. Keys beginning with `hck_demo_` open nothing unless every address is loopback. |\n";

    [GeneratedRegex("^#? ?(?<name>[A-Z][A-Za-z]*(?:__[A-Za-z0-9]+)*)=(?<value>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Setting();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
