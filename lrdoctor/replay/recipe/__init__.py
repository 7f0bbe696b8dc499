"""What is trained: the user's recipe, loaded, checked and adapted."""
