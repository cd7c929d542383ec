"""The tracer: what stands behind the tracing ``torch`` and the loading of a reader's source."""
