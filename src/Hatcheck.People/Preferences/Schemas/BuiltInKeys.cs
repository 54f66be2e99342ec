using System.Text.Json;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>
/// The preferences that every tenant has, in the same schema language as the tenants' own. A released key stays: its range
/// may grow, but never shrink.
/// </summary>
internal static class BuiltInKeys
{
    /// <summary>Part of every entity tag: a new release may have other defaults.</summary>
    public const int Version = 1;

    public const string Text = """
        {
          "interface": {
            "type": "object",
            "description": "How things look.",
            "properties": {
              "theme": { "type": "string", "enum": ["system", "light", "dark"], "default": "system" },
              "density": { "type": "string", "enum": ["comfortable", "compact"], "default": "comfortable" },
              "text_scale": { "type": "integer", "minimum": 50, "maximum": 300, "default": 100, "description": "Percent." },
              "reduced_motion": { "type": "boolean", "default": false }
            }
          },
          "locale": {
            "type": "object",
            "description": "Language, place and how times are written.",
            "properties": {
              "language": { "type": "string", "format": "language", "maxLength": 35, "default": "en", "personal": true },
              "time_zone": { "type": "string", "format": "time-zone", "maxLength": 64, "default": "UTC", "personal": true },
              "date_format": { "type": "string", "enum": ["iso", "dmy", "mdy"], "default": "iso" },
              "hour_cycle": { "type": "string", "enum": ["h12", "h23"], "default": "h23" },
              "first_day": { "type": "string", "enum": ["monday", "saturday", "sunday"], "default": "monday" }
            }
          },
          "notifications": {
            "type": "object",
            "description": "What the user is told, when, and through which channels.",
            "properties": {
              "enabled": { "type": "boolean", "default": true },
              "channels": {
                "type": "array",
                "items": { "type": "string", "enum": ["chat", "email", "push"] },
                "maxItems": 3,
                "uniqueItems": true,
                "default": ["chat"]
              },
              "digest": { "type": "string", "enum": ["off", "daily", "weekly"], "default": "off" },
              "security": { "type": "boolean", "default": true, "description": "Sign-ins, lost connections and the like." },
              "marketing": { "type": "boolean", "default": false },
              "quiet_hours": {
                "type": "object",
                "properties": {
                  "enabled": { "type": "boolean", "default": false },
                  "start": { "type": "string", "format": "time", "maxLength": 5, "default": "22:00", "personal": true },
                  "end": { "type": "string", "format": "time", "maxLength": 5, "default": "07:00", "personal": true }
                }
              }
            }
          },
          "assistant": {
            "type": "object",
            "description": "How an assistant answers.",
            "properties": {
              "enabled": { "type": "boolean", "default": true },
              "tone": { "type": "string", "enum": ["neutral", "friendly", "formal"], "default": "neutral" },
              "detail": { "type": "string", "enum": ["brief", "normal", "thorough"], "default": "normal" },
              "creativity": { "type": "number", "minimum": 0, "maximum": 1, "default": 0.5 },
              "remember": {
                "type": "boolean",
                "default": false,
                "description": "Whether it remembers earlier conversations."
              },
              "instructions": { "type": "string", "maxLength": 2000, "default": "", "personal": true }
            }
          },
          "privacy": {
            "type": "object",
            "description": "What may be done with data. Everything is off until the user allows it.",
            "properties": {
              "analytics": { "type": "boolean", "default": false },
              "personalisation": { "type": "boolean", "default": false },
              "training": { "type": "boolean", "default": false },
              "visibility": { "type": "string", "enum": ["nobody", "contacts", "everybody"], "default": "nobody" }
            }
          }
        }
        """;

    private static readonly Lazy<(JsonElement Document, PreferenceSchema Schema)> compiled = new(() =>
    {
        var document = JsonDocument.Parse(Text).RootElement;
        var faults = new DocumentFaults();
        var keys = SchemaReader.Keys(document, "", builtIn: true, faults);
        return faults.Any
            ? throw new InvalidOperationException($"The built-in preferences are wrong: {string.Join(' ', faults.ByField.Keys)}.")
            : (document, new PreferenceSchema(0, keys, new Dictionary<string, JsonElement>(StringComparer.Ordinal), [], []));
    });

    /// <summary>The schema as tenants see it.</summary>
    public static JsonElement Document => compiled.Value.Document;

    public static PreferenceSchema Schema => compiled.Value.Schema;
}
