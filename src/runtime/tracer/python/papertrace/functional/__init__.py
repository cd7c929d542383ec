"""torch.nn.functional: what each function is composed of."""
