using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Text;

/// <summary>A text without its mark-up, and the entities from it.</summary>
internal sealed record FormattedText(string Text, IReadOnlyList<MessageEntity> Entities)
{
    public static FormattedText Plain(string text) => new(text, CommandEntities.Find(text));

    /// <summary>Telegram omits the field if there are none.</summary>
    public IReadOnlyList<MessageEntity>? EntitiesOrNull => Entities.Count == 0 ? null : Entities;

    public bool SameAs(FormattedText? other) => other is not null && Text == other.Text && Entities.SequenceEqual(other.Entities);
}
