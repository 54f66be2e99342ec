using System.Collections.Frozen;

namespace Hatcheck.Simulator.Requests;

/// <summary>The objects that a field of <see cref="MethodTable"/> may hold, in the same notation.</summary>
internal static class ObjectTable
{
    public static FrozenDictionary<string, Shape> Objects { get; } =
        Shape.ByName([
            Of(
                "MessageEntity",
                "type: String!",
                "offset: Integer!",
                "length: Integer!",
                "url: String",
                "user: User",
                "language: String",
                "custom_emoji_id: String",
                "unix_time: Integer",
                "date_time_format: String"
            ),
            Of(
                "User",
                "id: Integer!",
                "is_bot: Boolean!",
                "first_name: String!",
                "last_name: String",
                "username: String",
                "language_code: String",
                "is_premium: Boolean",
                "added_to_attachment_menu: Boolean",
                "can_join_groups: Boolean",
                "can_read_all_group_messages: Boolean",
                "supports_guest_queries: Boolean",
                "supports_inline_queries: Boolean",
                "can_connect_to_business: Boolean",
                "has_main_web_app: Boolean",
                "has_topics_enabled: Boolean",
                "allows_users_to_create_topics: Boolean",
                "can_manage_bots: Boolean",
                "supports_join_request_queries: Boolean"
            ),
            Of(
                "LinkPreviewOptions",
                "is_disabled: Boolean",
                "url: String",
                "prefer_small_media: Boolean",
                "prefer_large_media: Boolean",
                "show_above_text: Boolean"
            ),
            Of("SuggestedPostParameters", "price: SuggestedPostPrice", "send_date: Integer"),
            Of("SuggestedPostPrice", "currency: String!", "amount: Integer!"),
            Of(
                "ReplyParameters",
                "message_id: Integer!",
                "chat_id: Integer|String",
                "allow_sending_without_reply: Boolean",
                "quote: String",
                "quote_parse_mode: String",
                "quote_entities: Array of MessageEntity",
                "quote_position: Integer",
                "checklist_task_id: Integer",
                "poll_option_id: String"
            ),
            Of("InlineKeyboardMarkup", "inline_keyboard: Array of Array of InlineKeyboardButton!"),
            Of(
                "InlineKeyboardButton",
                "text: String!",
                "icon_custom_emoji_id: String",
                "style: String",
                "url: String",
                "callback_data: String",
                "web_app: WebAppInfo",
                "login_url: LoginUrl",
                "switch_inline_query: String",
                "switch_inline_query_current_chat: String",
                "switch_inline_query_chosen_chat: SwitchInlineQueryChosenChat",
                "copy_text: CopyTextButton",
                "callback_game: CallbackGame",
                "pay: Boolean"
            ),
            Of("WebAppInfo", "url: String!"),
            Of("LoginUrl", "url: String!", "forward_text: String", "bot_username: String", "request_write_access: Boolean"),
            Of(
                "SwitchInlineQueryChosenChat",
                "query: String",
                "allow_user_chats: Boolean",
                "allow_bot_chats: Boolean",
                "allow_group_chats: Boolean",
                "allow_channel_chats: Boolean"
            ),
            Of("CopyTextButton", "text: String!"),
            Of("CallbackGame"),
            Of(
                "ReplyKeyboardMarkup",
                "keyboard: Array of Array of KeyboardButton!",
                "is_persistent: Boolean",
                "resize_keyboard: Boolean",
                "one_time_keyboard: Boolean",
                "input_field_placeholder: String",
                "selective: Boolean"
            ),
            Of(
                "KeyboardButton",
                "text: String!",
                "icon_custom_emoji_id: String",
                "style: String",
                "request_users: KeyboardButtonRequestUsers",
                "request_chat: KeyboardButtonRequestChat",
                "request_managed_bot: KeyboardButtonRequestManagedBot",
                "request_contact: Boolean",
                "request_location: Boolean",
                "request_poll: KeyboardButtonPollType",
                "web_app: WebAppInfo"
            ),
            Of(
                "KeyboardButtonRequestUsers",
                "request_id: Integer!",
                "user_is_bot: Boolean",
                "user_is_premium: Boolean",
                "max_quantity: Integer",
                "request_name: Boolean",
                "request_username: Boolean",
                "request_photo: Boolean"
            ),
            Of(
                "KeyboardButtonRequestChat",
                "request_id: Integer!",
                "chat_is_channel: Boolean!",
                "chat_is_forum: Boolean",
                "chat_has_username: Boolean",
                "chat_is_created: Boolean",
                "user_administrator_rights: ChatAdministratorRights",
                "bot_administrator_rights: ChatAdministratorRights",
                "bot_is_member: Boolean",
                "request_title: Boolean",
                "request_username: Boolean",
                "request_photo: Boolean"
            ),
            Of(
                "ChatAdministratorRights",
                "is_anonymous: Boolean!",
                "can_manage_chat: Boolean!",
                "can_delete_messages: Boolean!",
                "can_manage_video_chats: Boolean!",
                "can_restrict_members: Boolean!",
                "can_promote_members: Boolean!",
                "can_change_info: Boolean!",
                "can_invite_users: Boolean!",
                "can_post_stories: Boolean!",
                "can_edit_stories: Boolean!",
                "can_delete_stories: Boolean!",
                "can_post_messages: Boolean",
                "can_edit_messages: Boolean",
                "can_pin_messages: Boolean",
                "can_manage_topics: Boolean",
                "can_manage_direct_messages: Boolean",
                "can_manage_tags: Boolean"
            ),
            Of("KeyboardButtonRequestManagedBot", "request_id: Integer!", "suggested_name: String", "suggested_username: String"),
            Of("KeyboardButtonPollType", "type: String"),
            Of("ReplyKeyboardRemove", "remove_keyboard: Boolean!", "selective: Boolean"),
            Of("ForceReply", "force_reply: Boolean!", "input_field_placeholder: String", "selective: Boolean"),
            Of("InputRichMessage", "html: String", "markdown: String", "is_rtl: Boolean", "skip_entity_detection: Boolean"),
            Of("BotCommand", "command: String!", "description: String!"),
            Of("BotCommandScopeDefault", "type: String!"),
            Of("BotCommandScopeAllPrivateChats", "type: String!"),
            Of("BotCommandScopeAllGroupChats", "type: String!"),
            Of("BotCommandScopeAllChatAdministrators", "type: String!"),
            Of("BotCommandScopeChat", "type: String!", "chat_id: Integer|String!"),
            Of("BotCommandScopeChatAdministrators", "type: String!", "chat_id: Integer|String!"),
            Of("BotCommandScopeChatMember", "type: String!", "chat_id: Integer|String!", "user_id: Integer!"),
        ]);

    /// <summary>Union types; the value of <c>type</c> selects the member.</summary>
    public static FrozenDictionary<string, string[]> Unions { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["BotCommandScope"] =
            [
                "BotCommandScopeDefault",
                "BotCommandScopeAllPrivateChats",
                "BotCommandScopeAllGroupChats",
                "BotCommandScopeAllChatAdministrators",
                "BotCommandScopeChat",
                "BotCommandScopeChatAdministrators",
                "BotCommandScopeChatMember",
            ],
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static Shape Of(string name, params string[] fields) => Shape.Of(name, fields);
}
