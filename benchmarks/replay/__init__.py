"""How good replay's LR is: against a dense sweep, and beside the LR finders people use."""
