"""Recipes from other libraries' objects, told by what they can do: none of those libraries is imported here."""
