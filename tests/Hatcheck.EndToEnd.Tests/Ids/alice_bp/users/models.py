from django.db import models


class AliceUser(models.Model):
    telegram_user_id = models.BigIntegerField(unique=True)
    first_name = models.CharField(max_length=64, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)


class Reminder(models.Model):
    """Points to the person by the Telegram id, as older bots do."""

    user = models.ForeignKey(AliceUser, to_field="telegram_user_id", db_column="telegram_user_id", on_delete=models.CASCADE)
    text = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "text"], name="one_reminder_a_text")]


class MessageLog(models.Model):
    """A history without a foreign key: rows outlive the person, and some never had one."""

    telegram_user_id = models.PositiveBigIntegerField(null=True, db_index=True)
    text = models.CharField(max_length=200)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["telegram_user_id", "-sent_at"], name="log_by_person")]
