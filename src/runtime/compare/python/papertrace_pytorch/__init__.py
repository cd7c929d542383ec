"""The same source, run by PyTorch, with every value that a trace names."""
