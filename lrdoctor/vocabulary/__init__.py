"""What a tag, a setting or an optimizer's name means."""
