from django.db import models


class TextUser(models.Model):
    """Same, with the id kept as text."""

    telegram_user_id = models.CharField(max_length=32, unique=True)
    active = models.BooleanField(default=True)


class TextNote(models.Model):
    user = models.ForeignKey(TextUser, to_field="telegram_user_id", on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=200)


class TextVisit(models.Model):
    """No unique id, and one index that covers some rows only."""

    telegram_user_id = models.CharField(max_length=32, db_index=True, blank=True)
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["telegram_user_id"], condition=models.Q(open=True), name="one_open_visit"),
        ]
